#include "destinations/parquet/system_tables.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/arrow_error.h"
#include "base/clock.h"

namespace lakeflow {
namespace {

constexpr std::int32_t kTablesVersion = 3;

std::shared_ptr<arrow::Field> text(const char* name) { return arrow::field(name, arrow::utf8()); }
std::shared_ptr<arrow::Field> time(const char* name) { return arrow::field(name, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")); }
std::shared_ptr<arrow::Field> bytes(const char* name) { return arrow::field(name, arrow::large_binary()); }
std::shared_ptr<arrow::Field> number(const char* name) { return arrow::field(name, arrow::int64()); }

ApplyPlan plan_of(const TableName& table, arrow::FieldVector fields) {
  ApplyPlan plan;
  plan.target = table;
  plan.schema = arrow::schema(std::move(fields));
  return plan;
}

struct Time {
  TimestampMicros micros = 0;
};
struct Bytes {
  std::string_view bytes;
};
using Counts = const std::map<std::string, std::uint64_t>*;
using Value = std::variant<std::nullptr_t, bool, std::string_view, std::int64_t, std::int32_t, std::uint64_t, Time, Bytes, Counts>;

std::int64_t as_number(std::uint64_t count) { return static_cast<std::int64_t>(count); }

// Appends a value to the builder of its column, whose type it has.
struct AppendTo {
  arrow::ArrayBuilder& builder;

  arrow::Status operator()(std::nullptr_t) const { return builder.AppendNull(); }
  arrow::Status operator()(bool value) const { return static_cast<arrow::BooleanBuilder&>(builder).Append(value); }
  arrow::Status operator()(std::string_view value) const { return static_cast<arrow::StringBuilder&>(builder).Append(value); }
  arrow::Status operator()(std::int64_t value) const { return static_cast<arrow::Int64Builder&>(builder).Append(value); }
  arrow::Status operator()(std::int32_t value) const { return static_cast<arrow::Int32Builder&>(builder).Append(value); }
  arrow::Status operator()(std::uint64_t value) const { return static_cast<arrow::UInt64Builder&>(builder).Append(value); }
  arrow::Status operator()(Time value) const { return static_cast<arrow::TimestampBuilder&>(builder).Append(value.micros); }
  arrow::Status operator()(Bytes value) const { return static_cast<arrow::LargeBinaryBuilder&>(builder).Append(value.bytes); }
  arrow::Status operator()(Counts counts) const {
    auto& map = static_cast<arrow::MapBuilder&>(builder);
    ARROW_RETURN_NOT_OK(map.Append());
    for (const auto& [reason, count] : *counts) {
      ARROW_RETURN_NOT_OK(static_cast<arrow::StringBuilder*>(map.key_builder())->Append(reason));
      ARROW_RETURN_NOT_OK(static_cast<arrow::Int64Builder*>(map.item_builder())->Append(as_number(count)));
    }
    return arrow::Status::OK();
  }
};

class Rows {
 public:
  static Result<Rows> of(const TableName& table) {
    LAKEFLOW_ASSIGN(auto builder, from_arrow(arrow::RecordBatchBuilder::Make(system_table_schema(table), arrow::default_memory_pool())));
    return Rows(std::move(builder));
  }

  Status add(std::initializer_list<Value> values) {
    int column = 0;
    for (const Value& value : values) LAKEFLOW_TRY(from_arrow(std::visit(AppendTo{*builder_->GetField(column++)}, value)));
    return {};
  }
  Result<std::shared_ptr<arrow::RecordBatch>> finish() { return from_arrow(builder_->Flush()); }

 private:
  explicit Rows(std::unique_ptr<arrow::RecordBatchBuilder> builder) : builder_(std::move(builder)) {}
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
};

}  // namespace

bool is_system_table(const TableName& table) { return table.schema == kRunsTable.schema; }

const std::vector<ApplyPlan>& system_table_plans() {
  static const std::vector<ApplyPlan> kPlans = {
      plan_of(kVersionTable, {arrow::field("version", arrow::int32()), time("created_at")}),
      plan_of(kQuarantineTable, {text("run_id"), text("pipeline"), time("quarantined_at"), text("source_table"), text("destination_table"),
                                 text("reason"), text("detail"), text("origin"), arrow::field("position", arrow::uint64()), bytes("bytes"),
                                 arrow::field("is_delete", arrow::boolean()), text("landing_tables"), text("id"), number("line")}),
      plan_of(kQuarantineChangesTable, {time("changed_at"), text("changed_by"), text("pipeline"), text("id"), text("change"), text("run_id"),
                                        text("reason"), text("detail"), number("line")}),
      plan_of(kRunsTable,
              {text("run_id"), text("pipeline"), time("started_at"), time("finished_at"), text("outcome"), text("error"), number("line")}),
      plan_of(kPassesTable, {text("run_id"), number("chunk"), time("committed_at"), text("tables"), number("bytes_read"), number("records_read"),
                             number("records_decoded"), number("records_quarantined"),
                             arrow::field("records_filtered", arrow::map(arrow::utf8(), arrow::int64()))}),
      plan_of(kCommitsTable, {text("run_id"), number("chunk"), time("committed_at"), text("pipeline"), text("source_table"),
                              text("destination_table"), number("rows_decoded"), number("rejected"), number("rescued"), number("inserted"),
                              number("updated"), number("unchanged"), number("superseded"), number("deleted"), number("absent")}),
      plan_of(kFailuresTable,
              {text("run_id"), time("failed_at"), text("pipeline"), text("source_table"), text("destination_table"), text("kind"), text("message")}),
      plan_of(kStateChangesTable, {time("changed_at"), text("changed_by"), text("pipeline"), text("source_table"), text("destination_table"),
                                   text("name"), bytes("old_value"), bytes("new_value"), text("reason")}),
      plan_of(kErasuresTable, {time("erased_at"), text("erased_by"), text("pipeline"), text("reason"), text("receipt")})};
  return kPlans;
}

const std::shared_ptr<arrow::Schema>& system_table_schema(const TableName& table) {
  return std::ranges::find(system_table_plans(), table, &ApplyPlan::target)->schema;
}

Result<std::shared_ptr<arrow::RecordBatch>> version_rows() {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kVersionTable));
  LAKEFLOW_TRY(rows.add({kTablesVersion, Time{now_micros()}}));
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> quarantine_rows(std::string_view run_id, std::string_view pipeline,
                                                            std::span<const QuarantinedRecord> records, const std::vector<bool>& is_new,
                                                            std::int64_t line) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kQuarantineTable));
  const Time now{now_micros()};
  for (std::size_t i = 0; i < records.size(); ++i) {
    const QuarantinedRecord& record = records[i];
    LAKEFLOW_TRY(rows.add({run_id, pipeline, now, std::string_view(record.source_table), std::string_view(record.destination_table),
                           std::string_view(record.reason), std::string_view(record.detail), std::string_view(record.origin), record.position,
                           is_new[i] ? Value(Bytes{record.bytes}) : Value(nullptr), record.is_delete, std::string_view(record.landing_tables),
                           std::string_view(record.id), line}));
  }
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> quarantine_change_rows(std::span<const QuarantineChange> changes, std::int64_t line) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kQuarantineChangesTable));
  const Time now{now_micros()};
  for (const QuarantineChange& change : changes) {
    LAKEFLOW_TRY(rows.add({now, std::string_view(change.changed_by), std::string_view(change.pipeline), std::string_view(change.id),
                           quarantine_change_name(change.kind), std::string_view(change.run_id), std::string_view(change.reason),
                           std::string_view(change.detail), line}));
  }
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> pass_row(std::string_view run_id, const PassCommit& pass) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kPassesTable));
  LAKEFLOW_TRY(
      rows.add({run_id, as_number(pass.chunk), Time{now_micros()}, std::string_view(pass.tables), as_number(pass.bytes_read),
                as_number(pass.records_read), as_number(pass.records_decoded), as_number(pass.records_quarantined), &pass.records_filtered}));
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> commit_rows(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kCommitsTable));
  const Time now{now_micros()};
  for (const TableCommit& table : tables) {
    const ApplyCounts& counts = table.counts;
    LAKEFLOW_TRY(rows.add({run_id, as_number(pass.chunk), now, std::string_view(table.owner.pipeline), std::string_view(table.owner.source_table),
                           std::string_view(table.owner.destination_table), as_number(table.rows_decoded), as_number(table.rejected),
                           as_number(table.rescued), as_number(counts.inserted), as_number(counts.updated), as_number(counts.unchanged),
                           as_number(counts.superseded), as_number(counts.deleted), as_number(counts.absent)}));
  }
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> failure_rows(std::string_view run_id, std::span<const TableFailure> failures) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kFailuresTable));
  for (const TableFailure& failure : failures) {
    LAKEFLOW_TRY(rows.add({run_id, Time{now_micros()}, std::string_view(failure.owner.pipeline), std::string_view(failure.owner.source_table),
                           std::string_view(failure.owner.destination_table), std::string_view(failure.kind), std::string_view(failure.message)}));
  }
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> state_change_row(const StateChange& change) {
  const auto value = [](const std::optional<std::string>& held) { return held ? Value(Bytes{*held}) : Value(nullptr); };
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kStateChangesTable));
  LAKEFLOW_TRY(rows.add({Time{now_micros()}, std::string_view(change.changed_by), std::string_view(change.owner.pipeline),
                         std::string_view(change.owner.source_table), std::string_view(change.owner.destination_table), std::string_view(change.name),
                         value(change.old_value), value(change.new_value), std::string_view(change.reason)}));
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> run_row(const RunLine& run, std::int64_t line) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kRunsTable));
  LAKEFLOW_TRY(
      rows.add({std::string_view(run.run_id), std::string_view(run.pipeline), Time{run.started_at},
                run.finished_at ? Value(Time{*run.finished_at}) : Value(nullptr), std::string_view(run.outcome), std::string_view(run.error), line}));
  return rows.finish();
}

Result<std::shared_ptr<arrow::RecordBatch>> erasure_row(const ErasureRecord& record) {
  LAKEFLOW_ASSIGN(Rows rows, Rows::of(kErasuresTable));
  LAKEFLOW_TRY(rows.add({Time{now_micros()}, std::string_view(record.erased_by), std::string_view(record.pipeline), std::string_view(record.reason),
                         std::string_view(record.receipt)}));
  return rows.finish();
}

std::string newest_runs_sql(std::string_view all_lines_sql) {
  return fmt::format("SELECT * EXCLUDE (line) FROM ({}) QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY line DESC) = 1", all_lines_sql);
}

std::string quarantine_id_sql() {
  return "coalesce(id, md5(concat_ws('|', run_id, pipeline, source_table, destination_table, reason, origin, position, detail, md5(bytes))))";
}

std::string quarantine_sql(std::string_view all_lines_sql, std::string_view changes_sql) {
  return fmt::format(
      "WITH lines AS (SELECT * REPLACE ({0} AS id, coalesce(line, 0) AS line) FROM ({1})), "
      "seen AS (SELECT id, count(*) AS times_seen, max(quarantined_at) AS last_seen_at, max(line) AS last_line FROM lines GROUP BY id), "
      "done AS (SELECT id, arg_max(change, line) AS change, max(line) AS line FROM ({2}) WHERE change IN ('replayed', 'corrected') GROUP BY id) "
      "SELECT l.run_id, l.pipeline, l.quarantined_at, l.source_table, l.destination_table, l.reason, l.detail, l.origin, l.position, l.bytes, "
      "coalesce(l.is_delete, false) AS is_delete, coalesce(l.landing_tables, l.destination_table) AS landing_tables, l.id, s.times_seen, "
      "s.last_seen_at, CASE WHEN d.line >= s.last_line THEN d.change ELSE 'open' END AS state "
      "FROM lines l JOIN seen s USING (id) LEFT JOIN done d USING (id) WHERE l.bytes IS NOT NULL",
      quarantine_id_sql(), all_lines_sql, changes_sql);
}

}  // namespace lakeflow
