#include "destinations/duckdb/state_table.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <array>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

constexpr const char* kReading = "reading the state";
constexpr const char* kWriting = "writing the state";
constexpr const char* kOfOwner = "pipeline = $1 AND source_table = $2 AND destination_table = $3";

std::array<Parameter, 4> parameters_of(const StateOwner& owner, std::string_view name) {
  return {std::string_view(owner.pipeline), std::string_view(owner.source_table), std::string_view(owner.destination_table), name};
}

}  // namespace

Result<std::optional<std::string>> find_state(Connection& connection, const StateOwner& owner, std::string_view name) {
  const auto parameters = parameters_of(owner, name);
  LAKEFLOW_ASSIGN(ResultRows rows,
                  connection.query(kReading, fmt::format("SELECT value FROM _lakeflow.state WHERE {} AND name = $4", kOfOwner), parameters));
  if (!rows.next_chunk()) return std::nullopt;
  return std::string(rows.bytes(0, 0));
}

Status scan_state(Connection& connection, const StateOwner& owner, std::string_view prefix,
                  const std::function<Status(std::string_view, std::string_view)>& visit) {
  const auto parameters = parameters_of(owner, prefix);
  LAKEFLOW_ASSIGN(
      ResultRows rows,
      connection.query(kReading, fmt::format("SELECT name, value FROM _lakeflow.state WHERE {} AND starts_with(name, $4) ORDER BY name", kOfOwner),
                       parameters));
  while (rows.next_chunk()) {
    for (std::size_t i = 0; i < rows.chunk_rows(); ++i) LAKEFLOW_TRY(visit(rows.bytes(0, i), rows.bytes(1, i)));
  }
  return {};
}

Status give_state(Connection& connection, const StateOwner& from, const StateOwner& to) {
  const Parameter owners[] = {std::string_view(from.pipeline), std::string_view(from.source_table), std::string_view(from.destination_table),
                              std::string_view(to.pipeline),   std::string_view(to.source_table),   std::string_view(to.destination_table)};
  return connection.execute(
      kWriting, fmt::format("UPDATE _lakeflow.state SET pipeline = $4, source_table = $5, destination_table = $6 WHERE {}", kOfOwner), owners);
}

void StateChanges::put(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) {
  entries_.insert_or_assign({owner, std::string(name)}, value ? std::optional<std::string>(*value) : std::nullopt);
}

Status StateChanges::forget(Connection& connection, const StateOwner& owner) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == owner; });
  const auto parameters = parameters_of(owner, "");
  return connection.execute(kWriting, fmt::format("DELETE FROM _lakeflow.state WHERE {}", kOfOwner), std::span(parameters).first(3));
}

Status StateChanges::write(Connection& connection, BatchScanner& scanner) {
  if (entries_.empty()) return {};
  std::array<arrow::StringBuilder, 4> texts;
  arrow::LargeBinaryBuilder values;
  for (const auto& [place, value] : entries_) {
    const auto& [owner, name] = place;
    LAKEFLOW_TRY(from_arrow(texts[0].Append(owner.pipeline)));
    LAKEFLOW_TRY(from_arrow(texts[1].Append(owner.source_table)));
    LAKEFLOW_TRY(from_arrow(texts[2].Append(owner.destination_table)));
    LAKEFLOW_TRY(from_arrow(texts[3].Append(name)));
    LAKEFLOW_TRY(from_arrow(value ? values.Append(*value) : values.AppendNull()));
  }
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (arrow::StringBuilder& builder : texts) {
    LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(builder.Finish()));
  }
  LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(values.Finish()));
  const auto schema = arrow::schema({arrow::field("pipeline", arrow::utf8()), arrow::field("source_table", arrow::utf8()),
                                     arrow::field("destination_table", arrow::utf8()), arrow::field("name", arrow::utf8()),
                                     arrow::field("value", arrow::large_binary())});
  LAKEFLOW_ASSIGN(const ScannableBatch changes,
                  scanner.offer(arrow::RecordBatch::Make(schema, static_cast<std::int64_t>(entries_.size()), std::move(columns))));
  const Parameter now[] = {Timestamp{now_micros()}};
  LAKEFLOW_TRY(connection.execute(kWriting,
                                  fmt::format(R"sql(
MERGE INTO _lakeflow.state t USING {} s
  ON t.pipeline = s.pipeline AND t.source_table = s.source_table AND t.destination_table = s.destination_table AND t.name = s.name
WHEN MATCHED AND s.value IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET value = s.value, updated_at = $1
WHEN NOT MATCHED AND s.value IS NOT NULL THEN INSERT VALUES (s.pipeline, s.source_table, s.destination_table, s.name, s.value, $1))sql",
                                              changes.sql()),
                                  now));
  entries_.clear();
  return {};
}

}  // namespace lakeflow
