#include "destinations/duckdb/quarantine_table.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <set>
#include <string>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

constexpr const char* kDoing = "writing to quarantine";

// Columns of texts, by their names.
template <std::size_t kCount>
class TextColumns {
 public:
  explicit TextColumns(std::array<const char*, kCount> names) : names_(names) {}

  Status add(const std::array<std::string_view, kCount>& values) {
    for (std::size_t i = 0; i < kCount; ++i) LAKEFLOW_TRY(from_arrow(builders_[i].Append(values[i])));
    return {};
  }
  Status finish(arrow::FieldVector& fields, arrow::ArrayVector& columns) {
    for (std::size_t i = 0; i < kCount; ++i) {
      LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(builders_[i].Finish()));
      fields.push_back(arrow::field(names_[i], arrow::utf8()));
    }
    return {};
  }

 private:
  std::array<const char*, kCount> names_;
  std::array<arrow::StringBuilder, kCount> builders_;
};

Result<std::shared_ptr<arrow::RecordBatch>> as_batch(std::span<const QuarantinedRecord> records) {
  TextColumns<7> texts({"id", "source_table", "destination_table", "reason", "detail", "origin", "landing_tables"});
  arrow::UInt64Builder positions;
  arrow::LargeBinaryBuilder bytes;
  arrow::BooleanBuilder deletes;
  for (const QuarantinedRecord& record : records) {
    LAKEFLOW_TRY(
        texts.add({record.id, record.source_table, record.destination_table, record.reason, record.detail, record.origin, record.landing_tables}));
    LAKEFLOW_TRY(from_arrow(positions.Append(record.position)));
    LAKEFLOW_TRY(from_arrow(bytes.Append(record.bytes)));
    LAKEFLOW_TRY(from_arrow(deletes.Append(record.is_delete)));
  }
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  LAKEFLOW_TRY(texts.finish(fields, columns));
  LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(positions.Finish()));
  fields.push_back(arrow::field("position", arrow::uint64()));
  LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(bytes.Finish()));
  fields.push_back(arrow::field("bytes", arrow::large_binary()));
  LAKEFLOW_ASSIGN(columns.emplace_back(), from_arrow(deletes.Finish()));
  fields.push_back(arrow::field("is_delete", arrow::boolean()));
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), static_cast<std::int64_t>(records.size()), std::move(columns));
}

}  // namespace

Result<std::vector<std::size_t>> insert_quarantined(Connection& connection, BatchScanner& scanner, std::string_view run_id, std::string_view pipeline,
                                                    std::span<const QuarantinedRecord> records) {
  std::vector<std::size_t> fresh;
  if (records.empty()) return fresh;
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::RecordBatch> rows, as_batch(records));
  LAKEFLOW_ASSIGN(const ScannableBatch batch, scanner.offer(std::move(rows)));
  std::set<std::string, std::less<>> known;
  {
    LAKEFLOW_ASSIGN(ResultRows found,
                    connection.query(kDoing, fmt::format("SELECT id FROM _lakeflow.quarantine WHERE id IN (SELECT id FROM {})", batch.sql())));
    while (found.next_chunk()) {
      for (std::size_t row = 0; row < found.chunk_rows(); ++row) known.emplace(found.bytes(0, row));
    }
  }
  const Timestamp now{now_micros()};
  if (!known.empty()) {
    const Parameter time[] = {now};
    LAKEFLOW_TRY(
        connection.execute(kDoing,
                           fmt::format("UPDATE _lakeflow.quarantine AS q SET times_seen = q.times_seen + again.times, last_seen_at = $1, "
                                       "state = 'open' FROM (SELECT id, count(*) AS times FROM {} GROUP BY id) AS again WHERE q.id = again.id",
                                       batch.sql()),
                           time));
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (known.insert(records[i].id).second) fresh.push_back(i);
  }
  if (fresh.empty()) return fresh;
  const Parameter run[] = {run_id, pipeline, now};
  LAKEFLOW_TRY(connection.execute(
      kDoing,
      fmt::format("INSERT INTO _lakeflow.quarantine BY NAME SELECT $1 AS run_id, $2 AS pipeline, $3 AS quarantined_at, source_table, "
                  "destination_table, reason, detail, origin, position, bytes, is_delete, landing_tables, id, count(*) OVER same AS times_seen, "
                  "$3 AS last_seen_at, 'open' AS state FROM {} WHERE id NOT IN (SELECT id FROM _lakeflow.quarantine) "
                  "WINDOW same AS (PARTITION BY id) QUALIFY row_number() OVER same = 1",
                  batch.sql()),
      run));
  return fresh;
}

Status change_quarantined(Connection& connection, BatchScanner& scanner, std::span<const QuarantineChange> changes) {
  if (changes.empty()) return {};
  TextColumns<7> texts({"id", "change", "pipeline", "changed_by", "run_id", "reason", "detail"});
  for (const QuarantineChange& change : changes) {
    LAKEFLOW_TRY(
        texts.add({change.id, quarantine_change_name(change.kind), change.pipeline, change.changed_by, change.run_id, change.reason, change.detail}));
  }
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  LAKEFLOW_TRY(texts.finish(fields, columns));
  LAKEFLOW_ASSIGN(const ScannableBatch batch, scanner.offer(arrow::RecordBatch::Make(arrow::schema(std::move(fields)),
                                                                                     static_cast<std::int64_t>(changes.size()), std::move(columns))));
  const Parameter time[] = {Timestamp{now_micros()}};
  LAKEFLOW_TRY(connection.execute("writing down what was done with the quarantine",
                                  fmt::format("INSERT INTO _lakeflow.quarantine_changes BY NAME SELECT $1 AS changed_at, * FROM {}", batch.sql()),
                                  time));
  LAKEFLOW_TRY(
      connection.execute(kDoing, fmt::format("UPDATE _lakeflow.quarantine AS q SET state = done.change FROM {} AS done WHERE q.id = done.id AND "
                                             "done.change IN ('replayed', 'corrected')",
                                             batch.sql())));
  return connection.execute("dropping from quarantine",
                            fmt::format("DELETE FROM _lakeflow.quarantine WHERE id IN (SELECT id FROM {} WHERE change = 'dropped')", batch.sql()));
}

}  // namespace lakeflow
