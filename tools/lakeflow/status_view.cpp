#include "tools/lakeflow/status_view.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/monitor/health.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/output/text_table.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

double seconds_between(TimestampMicros from, TimestampMicros to) { return std::max(0.0, static_cast<double>(to - from) / 1e6); }

const TableSnapshot* in_process(const StatusView& view, const TableStatus& table) {
  if (!view.process) {
    return nullptr;
  }
  const auto found = std::ranges::find(view.process->tables, table.destination_table, &TableSnapshot::destination_table);
  return found == view.process->tables.end() ? nullptr : &*found;
}

// How far behind a table may be. A running process knows when it last read the table to its end; what is recorded tells only when
// something new was last found.
struct Lag {
  double seconds = 0;
  std::string since;  // "last_success" or "last_commit"
};
std::optional<Lag> lag_of(const StatusView& view, const TableStatus& table) {
  const TableSnapshot* live = in_process(view, table);
  if (live != nullptr && live->last_success_at) {
    return Lag{seconds_between(*live->last_success_at, view.now), "last_success"};
  }
  if (const std::optional<TimestampMicros> committed = parse_utc(table.last_commit_at)) {
    return Lag{seconds_between(*committed, view.now), "last_commit"};
  }
  return std::nullopt;
}

std::string next_run_text(const StatusView& view, const TableSnapshot& table) {
  if (table.reading) {
    return fmt::format("now: {} rows, {}/s", grouped(table.rows_under_way), grouped(static_cast<std::uint64_t>(table.rows_per_second)));
  }
  if (!table.next_run_at) {
    return view.process->run_id.empty() ? "-" : "in this run";
  }
  const std::string when = fmt::format("in {}", duration_text(seconds_between(view.now, *table.next_run_at)));
  return table.failures > 0 ? fmt::format("{} (failed {} time{})", when, table.failures, table.failures == 1 ? "" : "s") : when;
}

std::string outcome_text(const StatusView& view, const RunStatus& run) {
  // Whoever holds the destination has begun every run since he took it. He was asked a moment before the log was: he may not have told of the last.
  const bool is_his = view.process && parse_utc(run.started_at).value_or(0) >= view.process->started_at;
  if (run.outcome != "running" || is_his) {
    return run.outcome;
  }
  return "killed; the next run goes on from its last commit";
}

std::string process_line(const ProcessSnapshot& process) {
  const std::string what = process.continuous ? fmt::format("ingest runs every {} ", duration_text(process.interval_seconds)) : "ingest runs ";
  return fmt::format("{}in process {} since {}\n", what, process.process_id, format_utc(process.started_at / 1'000'000 * 1'000'000));
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json table_json(const StatusView& view, const TableStatus& table) {
  const std::optional<Lag> lag = lag_of(view, table);
  Json json = {{"source_table", table.source_table},
               {"destination_table", table.destination_table},
               {"rows", table.rows ? Json(*table.rows) : Json()},
               {"rejects", table.rejects},
               {"last_commit_at", or_null(table.last_commit_at)},
               {"last_run_id", or_null(table.last_run_id)},
               {"read_up_to", table.read_up_to},
               {"offset", table.offset.empty() ? Json() : Json::parse(table.offset, nullptr, false)},
               {"lag_seconds", lag ? Json(lag->seconds) : Json()},
               {"lag_since", lag ? Json(lag->since) : Json()},
               {"last_error", or_null(table.last_error)},
               {"last_error_at", or_null(table.last_error_at)}};
  if (const TableSnapshot* live = in_process(view, table); live != nullptr) {
    json["failures_in_a_row"] = live->failures;
    json["next_run_at"] = live->next_run_at ? Json(format_utc(*live->next_run_at)) : Json();
    json["reading"] = live->reading;
    if (live->reading) {
      json["rows_under_way"] = live->rows_under_way;
      json["rows_per_second"] = live->rows_per_second;
    }
  }
  return json;
}

}  // namespace

std::string status_text(const StatusView& view, std::size_t width) {
  std::string text = fmt::format("{} into {}\n", view.pipeline, view.destination);
  if (view.process) {
    text += process_line(*view.process);
  }
  std::vector<TableColumn> titles = {{"TABLE"},      {"LANDS IN"}, {"ROWS", Align::kRight}, {"REJECTS", Align::kRight}, {"LAST COMMIT"},
                                     {"READ UP TO"}, {"LAG"}};
  if (view.process) {
    titles.push_back({"NEXT RUN"});
  }
  TextTable tables(titles, width);
  TextTable errors({{"TABLE"}, {"FAILED AT"}, {"LAST ERROR"}}, width);
  for (const TableStatus& table : view.recorded.tables) {
    const std::optional<Lag> lag = lag_of(view, table);
    std::vector<std::string> cells = {table.source_table,
                                      table.destination_table,
                                      table.rows ? grouped(*table.rows) : "-",
                                      grouped(table.rejects),
                                      table.last_commit_at.empty() ? "never" : table.last_commit_at,
                                      table.read_up_to,
                                      lag ? duration_text(lag->seconds) : "-"};
    if (view.process) {
      const TableSnapshot* live = in_process(view, table);
      cells.push_back(live == nullptr ? "-" : next_run_text(view, *live));
    }
    tables.add(std::move(cells));
    if (!table.last_error.empty()) {
      errors.add({table.source_table, table.last_error_at, table.last_error});
    }
  }
  TextTable runs({{"RUN"}, {"STARTED"}, {"FINISHED"}, {"OUTCOME"}, {"ERROR"}}, width);
  for (const RunStatus& run : view.recorded.runs) {
    runs.add({run.run_id, run.started_at, run.finished_at.empty() ? "-" : run.finished_at, outcome_text(view, run), run.error});
  }
  text += "\n" + tables.render() + "\n";
  if (errors.rows() > 0) {
    text += errors.render() + "\n";
  }
  return text + runs.render();
}

std::string status_json(const StatusView& view) {
  Json document = {{"pipeline", view.pipeline}, {"destination", view.destination}, {"quarantined", view.recorded.quarantined}};
  Json& tables = document["tables"] = Json::array();
  for (const TableStatus& table : view.recorded.tables) {
    tables.push_back(table_json(view, table));
  }
  Json& runs = document["runs"] = Json::array();
  for (const RunStatus& run : view.recorded.runs) {
    runs.push_back({{"run_id", run.run_id},
                    {"started_at", run.started_at},
                    {"finished_at", or_null(run.finished_at)},
                    {"outcome", run.outcome},
                    {"error", or_null(run.error)}});
  }
  if (view.process) {
    document["process"] = {{"process_id", view.process->process_id},
                           {"started_at", format_utc(view.process->started_at)},
                           {"continuous", view.process->continuous},
                           {"interval_seconds", view.process->continuous ? Json(view.process->interval_seconds) : Json()},
                           {"run_id", or_null(view.process->run_id)}};
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lakeflow
