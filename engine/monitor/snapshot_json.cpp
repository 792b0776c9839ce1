#include <nlohmann/json.hpp>

#include "engine/monitor/process_snapshot.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(const std::optional<TimestampMicros>& time) { return time ? Json(format_utc(*time)) : Json(nullptr); }

std::optional<TimestampMicros> time_of(const Json& json) { return json.is_null() ? std::nullopt : parse_utc(json.get<std::string>()); }

Json table_json(const TableSnapshot& table) {
  return {{"source_table", table.source_table},
          {"destination_table", table.destination_table},
          {"inserted", table.counts.inserted},
          {"updated", table.counts.updated},
          {"unchanged", table.counts.unchanged},
          {"superseded", table.counts.superseded},
          {"deleted", table.counts.deleted},
          {"absent", table.counts.absent},
          {"rejected", table.rejected},
          {"rescued", table.rescued},
          {"reading", table.reading},
          {"rows_under_way", table.rows_under_way},
          {"committed_under_way", table.committed_under_way},
          {"bytes_under_way", table.bytes_under_way},
          {"rows_per_second", table.rows_per_second},
          {"last_success_at", time_json(table.last_success_at)},
          {"failures", table.failures},
          {"last_error", table.last_error},
          {"last_error_at", time_json(table.last_error_at)},
          {"next_run_at", time_json(table.next_run_at)}};
}

TableSnapshot table_of(const Json& json) {
  return {.source_table = json.at("source_table"),
          .destination_table = json.at("destination_table"),
          .counts = {.inserted = json.at("inserted"),
                     .updated = json.at("updated"),
                     .unchanged = json.at("unchanged"),
                     .superseded = json.at("superseded"),
                     .deleted = json.at("deleted"),
                     .absent = json.at("absent")},
          .rejected = json.at("rejected"),
          .rescued = json.at("rescued"),
          .reading = json.at("reading"),
          .rows_under_way = json.at("rows_under_way"),
          .committed_under_way = json.at("committed_under_way"),
          .bytes_under_way = json.at("bytes_under_way"),
          .rows_per_second = json.at("rows_per_second"),
          .last_success_at = time_of(json.at("last_success_at")),
          .failures = json.at("failures"),
          .last_error = json.at("last_error"),
          .last_error_at = time_of(json.at("last_error_at")),
          .next_run_at = time_of(json.at("next_run_at"))};
}

}  // namespace

std::string to_json(const ProcessSnapshot& snapshot) {
  Json tables = Json::array();
  for (const TableSnapshot& table : snapshot.tables) {
    tables.push_back(table_json(table));
  }
  const Json json = {{"pipeline", snapshot.pipeline},
                     {"process_id", snapshot.process_id},
                     {"started_at", format_utc(snapshot.started_at)},
                     {"taken_at", format_utc(snapshot.taken_at)},
                     {"continuous", snapshot.continuous},
                     {"interval_seconds", snapshot.interval_seconds},
                     {"longest_back_off_seconds", snapshot.longest_back_off_seconds},
                     {"run_id", snapshot.run_id},
                     {"runs", snapshot.runs},
                     {"last_run_seconds", snapshot.last_run_seconds ? Json(*snapshot.last_run_seconds) : Json(nullptr)},
                     {"last_run_at", time_json(snapshot.last_run_at)},
                     {"bytes_read", snapshot.bytes_read},
                     {"records_read", snapshot.records_read},
                     {"rejects", snapshot.rejects},
                     {"destination_error", snapshot.destination_error},
                     {"tables", std::move(tables)}};
  // A message may quote the name of a file that is no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ProcessSnapshot> parse_process_snapshot(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    ProcessSnapshot snapshot{.pipeline = json.at("pipeline"),
                             .process_id = json.at("process_id"),
                             .started_at = time_of(json.at("started_at")).value_or(0),
                             .taken_at = time_of(json.at("taken_at")).value_or(0),
                             .continuous = json.at("continuous"),
                             .interval_seconds = json.at("interval_seconds"),
                             .longest_back_off_seconds = json.at("longest_back_off_seconds"),
                             .run_id = json.at("run_id"),
                             .runs = json.at("runs"),
                             .last_run_seconds = {},
                             .last_run_at = time_of(json.at("last_run_at")),
                             .bytes_read = json.at("bytes_read"),
                             .records_read = json.at("records_read"),
                             .rejects = json.at("rejects"),
                             .destination_error = json.at("destination_error"),
                             .tables = {}};
    if (const Json& seconds = json.at("last_run_seconds"); !seconds.is_null()) {
      snapshot.last_run_seconds = seconds.get<double>();
    }
    for (const Json& table : json.at("tables")) {
      snapshot.tables.push_back(table_of(table));
    }
    return snapshot;
  } catch (const Json::exception&) {
    return std::unexpected(Error::internal("the state of the running process can't be understood", "run the same version of lakeflow on both ends"));
  }
}

}  // namespace lakeflow
