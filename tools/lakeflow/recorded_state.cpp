#include "tools/lakeflow/recorded_state.h"

#include <algorithm>

#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/options.h"
#include "engine/ingest/committed_state.h"
#include "engine/quarantine/quarantine_query.h"
#include "tools/lakeflow/output/arrow_cells.h"

namespace lakeflow {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t kLongestWord = 60;

// A text as a literal, a name as an identifier, of SQL.
std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c == quote ? std::string(2, quote) : std::string(1, c);
  }
  return out + quote;
}
std::string literal(std::string_view text) { return doubled(text, '\''); }
std::string identifier(std::string_view name) { return doubled(name, '"'); }

Result<Rows> rows_of(Destination& destination, const std::string& sql) {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> reader, destination.query(sql));
  Rows rows;
  while (true) {  // ends with the reader
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = reader->ReadNext(&batch); !status.ok()) {
      return std::unexpected(Error::destination("the recorded state could not be read: " + status.message()));
    }
    if (batch == nullptr) {
      return rows;
    }
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      std::vector<std::string>& cells = rows.emplace_back();
      for (const auto& column : batch->columns()) {
        cells.push_back(cell_text(*column, row));
      }
    }
  }
}

std::uint64_t number(const std::string& text) { return static_cast<std::uint64_t>(parse_integer(text).value_or(0)); }

Result<std::optional<std::uint64_t>> count_rows(Destination& destination, const TableName& table) {
  LAKEFLOW_ASSIGN(const Rows found,
                  rows_of(destination, fmt::format("SELECT 1 FROM information_schema.tables WHERE table_schema = {} AND table_name = {}",
                                                   literal(table.schema), literal(table.table))));
  if (found.empty()) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const Rows counted,
                  rows_of(destination, fmt::format("SELECT count(*) FROM {}.{}", identifier(table.schema), identifier(table.table))));
  return number(counted.at(0).at(0));
}

std::string read_up_to(Destination& destination, const StateOwner& owner, const PipelineTable& table, LakeflowConnect* connector,
                       const Offset& offset) {
  auto* teller = dynamic_cast<OffsetInWords*>(connector);
  if (teller != nullptr && !offset.is_start()) {
    const CommittedState state(destination, owner, false);
    if (const auto words = teller->offset_in_words({table.source_table, table.table_options}, offset, state)) {
      return *words;
    }
  }
  return offset_in_words(offset.json());
}

// Files that no ingest has opened since lack this table.
Result<bool> keeps_failures(Destination& destination) {
  LAKEFLOW_ASSIGN(const Rows found, rows_of(destination,
                                            "SELECT 1 FROM information_schema.tables WHERE table_schema = '_lakeflow' AND table_name = "
                                            "'failures'"));
  return !found.empty();
}

Result<TableStatus> read_table_status(Destination& destination, const Pipeline& pipeline, const PipelineTable& table, LakeflowConnect* connector,
                                      bool failures_are_kept) {
  TableStatus status{.source_table = table.source_table,
                     .destination_table = table.destination.text(),
                     .rows = {},
                     .last_commit_at = {},
                     .last_run_id = {},
                     .offset = {},
                     .read_up_to = {},
                     .last_error = {},
                     .last_error_at = {}};
  const std::string owner = fmt::format("pipeline = {} AND source_table = {} AND destination_table = {}", literal(pipeline.name),
                                        literal(status.source_table), literal(status.destination_table));
  LAKEFLOW_ASSIGN(status.rows, count_rows(destination, table.destination));
  LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(destination));
  const std::string open_only = has_states ? " AND state = 'open'" : "";
  LAKEFLOW_ASSIGN(const Rows rejects, rows_of(destination, "SELECT count(*) FROM _lakeflow.quarantine WHERE " + owner + open_only));
  status.rejects = number(rejects.at(0).at(0));
  LAKEFLOW_ASSIGN(const Rows last,
                  rows_of(destination, "SELECT max(committed_at), arg_max(run_id, committed_at) FROM _lakeflow.commits WHERE " + owner));
  status.last_commit_at = last.at(0).at(0);
  status.last_run_id = last.at(0).at(1);
  if (failures_are_kept) {
    LAKEFLOW_ASSIGN(const Rows failure,
                    rows_of(destination, fmt::format("SELECT message, failed_at FROM _lakeflow.failures WHERE {} ORDER BY failed_at "
                                                     "DESC LIMIT 1",
                                                     owner)));
    if (!failure.empty()) {
      status.last_error = failure[0][0];
      status.last_error_at = failure[0][1];
    }
  }
  const StateOwner state_owner{pipeline.name, status.source_table, status.destination_table};
  LAKEFLOW_ASSIGN(const Offset offset, find_offset(destination, state_owner, kOffsetState));
  status.offset = offset.json();
  // A snapshot that was read whole, a first load that was broken off, a state that was reset: of all it is true.
  const bool begins_anew = offset.is_start() && !status.last_commit_at.empty();
  status.read_up_to = begins_anew ? "no place: the next run reads all" : read_up_to(destination, state_owner, table, connector, offset);
  return status;
}

void append_words(std::vector<std::string>& words, const std::string& name, const nlohmann::ordered_json& value) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      append_words(words, name.empty() ? key : name + " " + key, member);
    }
  } else if (value.is_array()) {
    words.push_back(fmt::format("{} {}: {} entr{}", value.size() == 1 ? "one" : "some", name, value.size(), value.size() == 1 ? "y" : "ies"));
  } else if (!value.is_null()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.size() > kLongestWord) {
      return;
    }
    words.push_back(name.empty() ? text : name + " " + text);
  }
}

}  // namespace

Status require_recorded_state(Destination& destination) {
  LAKEFLOW_ASSIGN(const Rows found, rows_of(destination, "SELECT 1 FROM information_schema.tables WHERE table_schema = '_lakeflow' LIMIT 1"));
  if (found.empty()) {
    return std::unexpected(Error::user(fmt::format("{} holds nothing of lakeflow yet", destination.describe()), "lakeflow ingest begins it"));
  }
  return {};
}

Result<PipelineStatus> read_status(Destination& destination, const Pipeline& pipeline, LakeflowConnect* connector, std::size_t most_runs) {
  LAKEFLOW_TRY(require_recorded_state(destination));
  PipelineStatus status;
  LAKEFLOW_ASSIGN(const bool failures_are_kept, keeps_failures(destination));
  for (const PipelineTable& table : pipeline.tables) {
    LAKEFLOW_ASSIGN(TableStatus one, read_table_status(destination, pipeline, table, connector, failures_are_kept));
    status.tables.push_back(std::move(one));
  }
  LAKEFLOW_ASSIGN(const Rows runs, rows_of(destination, fmt::format("SELECT run_id, started_at, finished_at, outcome, error FROM _lakeflow.runs "
                                                                    "WHERE pipeline = {} ORDER BY started_at DESC, run_id DESC LIMIT {}",
                                                                    literal(pipeline.name), most_runs)));
  for (const auto& run : runs) {
    status.runs.push_back({run[0], run[1], run[2], run[3], run[4]});
  }
  LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(destination));
  LAKEFLOW_ASSIGN(const Rows all, rows_of(destination, fmt::format("SELECT count(*) FROM _lakeflow.quarantine WHERE pipeline = {}{}",
                                                                   literal(pipeline.name), has_states ? " AND state = 'open'" : "")));
  status.quarantined = number(all.at(0).at(0));
  return status;
}

std::string offset_in_words(std::string_view offset_json) {
  if (offset_json.empty()) {
    return "the beginning";
  }
  const auto parsed = nlohmann::ordered_json::parse(offset_json, nullptr, false);
  if (parsed.is_discarded()) {
    return std::string(offset_json);
  }
  std::vector<std::string> words;
  append_words(words, "", parsed);
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace lakeflow
