#include "testing/apply/memory_destination.h"

#include <algorithm>
#include <mutex>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "testing/apply/reference_model.h"

namespace lakeflow {
namespace {

using Row = std::shared_ptr<arrow::RecordBatch>;  // of one row
using Model = ReferenceModel<Row>;

struct MemoryTable {
  std::shared_ptr<arrow::Schema> schema;
  Model model;
};

// All that a commit changes.
struct MemoryContent {
  std::map<TableName, MemoryTable> tables;
  std::map<StateOwner, std::map<std::string, std::string, std::less<>>> state;
};

Model::Rules rules_of(const ApplyPlan& plan) {
  const bool keeps_history = plan.history == HistoryMode::kVersions;
  switch (plan.mode) {
    case ApplyMode::kAppend: return {};
    case ApplyMode::kChanges: return {Model::Mode::kChanges, keeps_history, plan.merges_versions};
    case ApplyMode::kSnapshot: return {Model::Mode::kSnapshot, keeps_history, false};
  }
  return {};
}

Result<PlainValue> plain_value(const arrow::Array& values, std::int64_t row) {
  if (values.IsNull(row)) {
    return PlainValue();
  }
  switch (values.type_id()) {
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray&>(values).Value(row);
    case arrow::Type::INT32: return std::int64_t{static_cast<const arrow::Int32Array&>(values).Value(row)};
    case arrow::Type::INT64: return static_cast<const arrow::Int64Array&>(values).Value(row);
    case arrow::Type::DOUBLE: return static_cast<const arrow::DoubleArray&>(values).Value(row);
    case arrow::Type::DATE32: return std::int64_t{static_cast<const arrow::Date32Array&>(values).Value(row)};
    case arrow::Type::TIMESTAMP: return static_cast<const arrow::TimestampArray&>(values).Value(row);
    case arrow::Type::STRING: return static_cast<const arrow::StringArray&>(values).GetString(row);
    default:
      return std::unexpected(Error::destination(fmt::format("a key or sequence of type {} can't be held in memory", values.type()->ToString())));
  }
}

Result<std::vector<Model::Record>> records_of(const ApplyPlan& plan, const ChangeSlice& slice) {
  std::vector<Model::Record> records(static_cast<std::size_t>(slice.rows->num_rows()));
  for (std::int64_t row = 0; row < slice.rows->num_rows(); ++row) {
    Model::Record& record = records[static_cast<std::size_t>(row)];
    record.content = slice.rows->Slice(row, 1);
    if (plan.mode == ApplyMode::kAppend) {
      continue;
    }
    int column = 0;
    for (std::size_t key = 0; key < plan.key_columns.size(); ++key) {
      LAKEFLOW_ASSIGN(PlainValue value, plain_value(*slice.keys->column(column++), row));
      record.key.push_back(std::move(value));
    }
    for (std::size_t sequence = 0; sequence < plan.sequence_columns.size(); ++sequence) {
      LAKEFLOW_ASSIGN(PlainValue value, plain_value(*slice.keys->column(column++), row));
      record.sequence.push_back(std::move(value));
    }
    record.is_delete = static_cast<const arrow::BooleanArray&>(*slice.keys->column(column)).Value(row);
    record.hash = static_cast<const arrow::Int64Array&>(*slice.keys->column(column + 1)).Value(row);
    if (plan.merges_versions) {
      record.tracked_hash = static_cast<const arrow::Int64Array&>(*slice.keys->column(column + 2)).Value(row);
    }
  }
  return records;
}

ApplyCounts counts_of(const ModelTally& tally) {
  return {tally.inserted, tally.updated, tally.unchanged, tally.superseded,  tally.deleted,
          tally.absent,   tally.ended,   tally.merged,    tally.already_gone};
}

// A start or an end as an array of one value: null where it is empty, a struct where it has several parts.
Result<std::shared_ptr<arrow::Array>> end_array(const PlainValues& end, const std::shared_ptr<arrow::DataType>& type) {
  if (end.empty()) {
    return from_arrow(arrow::MakeArrayOfNull(type, 1));
  }
  if (type->id() == arrow::Type::STRUCT) {
    arrow::ArrayVector members;
    for (int member = 0; member < type->num_fields(); ++member) {
      LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> values, end_array({end[static_cast<std::size_t>(member)]}, type->field(member)->type()));
      members.push_back(std::move(values));
    }
    return std::make_shared<arrow::StructArray>(type, 1, std::move(members));
  }
  const auto to_scalar = [&](const auto& value) -> Result<std::shared_ptr<arrow::Scalar>> {
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
      return arrow::MakeNullScalar(type);
    } else {
      const std::shared_ptr<arrow::Scalar> scalar = arrow::MakeScalar(value);
      return from_arrow(scalar->CastTo(type));
    }
  };
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Scalar> scalar, std::visit(to_scalar, end.front()));
  return from_arrow(arrow::MakeArrayFromScalar(*scalar, 1));
}

Result<arrow::RecordBatchVector> landed_rows(const MemoryTable& table) {
  arrow::RecordBatchVector batches;
  const int columns = table.schema->num_fields();
  for (const Model::Row& row : table.model.rows()) {
    arrow::ArrayVector values = row.content->columns();
    if (std::ssize(values) < columns) {
      const std::shared_ptr<arrow::DataType> type = table.schema->field(columns - 1)->type();
      for (const PlainValues* const end : {&row.start, &row.end}) {
        LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> value, end_array(*end, type));
        values.push_back(std::move(value));
      }
    }
    batches.push_back(arrow::RecordBatch::Make(table.schema, 1, std::move(values)));
  }
  return batches;
}

// What the destination and its transaction share.
struct Shared {
  std::mutex mutex;
  MemoryContent content;
  bool in_transaction = false;
};

class MemoryTransaction final : public Transaction {
 public:
  explicit MemoryTransaction(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    const std::lock_guard lock(shared_->mutex);
    content_ = shared_->content;
  }
  MemoryTransaction(const MemoryTransaction&) = delete;
  MemoryTransaction& operator=(const MemoryTransaction&) = delete;
  ~MemoryTransaction() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->in_transaction = false;
  }

  Result<std::vector<std::string>> prepare_table(const ApplyPlan& plan) override {
    const auto [at, is_new] = content_.tables.try_emplace(plan.target, MemoryTable{plan.schema, Model(rules_of(plan))});
    if (!is_new && !at->second.schema->Equals(*plan.schema)) {
      return std::unexpected(
          Error::destination(fmt::format("table {} has other columns, and one in memory keeps those that it has", plan.target.text())));
    }
    return std::vector<std::string>();
  }

  Result<ApplyCounts> apply(const ApplyPlan& plan, const ChangeSlice& slice) override {
    LAKEFLOW_ASSIGN(MemoryTable* const table, find(plan.target));
    LAKEFLOW_ASSIGN(const std::vector<Model::Record> records, records_of(plan, slice));
    return counts_of(table->model.apply(records, plan.snapshot_at));
  }

  Result<ApplyCounts> finish_snapshot(const ApplyPlan& plan, bool complete) override {
    LAKEFLOW_ASSIGN(MemoryTable* const table, find(plan.target));
    return counts_of(table->model.finish_snapshot(complete, plan.snapshot_at));
  }

  Status put_state(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value) override {
    auto& entries = content_.state[owner];
    if (value) {
      entries.insert_or_assign(std::string(name), std::string(*value));
    } else {
      entries.erase(std::string(name));
    }
    return {};
  }

  Status reset_table(const StateOwner& owner, const ApplyPlan& plan) override {
    content_.state.erase(owner);
    content_.tables.insert_or_assign(plan.target, MemoryTable{plan.schema, Model(rules_of(plan))});
    return {};
  }

  // The model knows no times: it forgets all, or nothing.
  Status forget_deletes(const ApplyPlan& plan, TimestampMicros applied_before) override {
    LAKEFLOW_ASSIGN(MemoryTable* const table, find(plan.target));
    if (applied_before > now_micros()) table->model.forget_deletes();
    return {};
  }

  Status replace_table(const TableReplacement& replacement) override {
    auto built = content_.tables.extract(replacement.built);
    if (built.empty()) {
      return std::unexpected(Error::internal(fmt::format("table {} was not built", replacement.built.text())));
    }
    content_.tables.insert_or_assign(replacement.table, std::move(built.mapped()));
    content_.state[replacement.owner] = std::move(content_.state[replacement.built_owner]);
    content_.state.erase(replacement.built_owner);
    return {};
  }

  // Nothing reads these back.
  Result<std::vector<std::size_t>> quarantine(std::string_view, std::string_view, std::span<const QuarantinedRecord>) override { return {}; }
  Status change_quarantine(std::span<const QuarantineChange>) override { return {}; }
  Status log_commit(std::string_view, const PassCommit&, std::span<const TableCommit>) override { return {}; }
  Status log_run(const RunLine&) override { return {}; }
  Status log_failures(std::string_view, std::span<const TableFailure>) override { return {}; }
  Status log_state_change(const StateChange&) override { return {}; }

  Result<std::uint64_t> count_rows(const TableName& name) override {
    LAKEFLOW_ASSIGN(const MemoryTable* const table, find(name));
    return table->model.rows().size();
  }

  Status commit() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->content = std::move(content_);
    return {};
  }

 private:
  Result<MemoryTable*> find(const TableName& name) {
    const auto found = content_.tables.find(name);
    if (found == content_.tables.end()) {
      return std::unexpected(Error::internal(fmt::format("table {} was not prepared", name.text())));
    }
    return &found->second;
  }

  std::shared_ptr<Shared> shared_;
  MemoryContent content_;
};

class MemoryDestination final : public Destination {
 public:
  std::string describe() const override { return "tables in memory"; }
  Status accepts(const ApplyPlan&) const override { return {}; }
  Result<std::unique_ptr<Transaction>> begin() override {
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->in_transaction) {
        return std::unexpected(Error::internal("a transaction was begun while another is open on tables in memory"));
      }
      shared_->in_transaction = true;
    }
    return std::make_unique<MemoryTransaction>(shared_);
  }

  Result<std::optional<std::string>> find_state(const StateOwner& owner, std::string_view name) override {
    const std::lock_guard lock(shared_->mutex);
    const auto entries = shared_->content.state.find(owner);
    if (entries == shared_->content.state.end() || !entries->second.contains(name)) {
      return std::nullopt;
    }
    return entries->second.find(name)->second;
  }

  Status scan_state(const StateOwner& owner, std::string_view prefix,
                    const std::function<Status(std::string_view, std::string_view)>& visit) override {
    std::map<std::string, std::string, std::less<>> entries;
    {
      const std::lock_guard lock(shared_->mutex);
      if (const auto found = shared_->content.state.find(owner); found != shared_->content.state.end()) entries = found->second;
    }
    for (auto at = entries.lower_bound(prefix); at != entries.end() && at->first.starts_with(prefix); ++at) {
      LAKEFLOW_TRY(visit(at->first, at->second));
    }
    return {};
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> query(std::string_view sql) override {
    const std::lock_guard lock(shared_->mutex);
    for (const auto& [name, table] : shared_->content.tables) {
      if (sql == fmt::format(R"(SELECT * FROM "{}"."{}")", name.schema, name.table)) {
        LAKEFLOW_ASSIGN(arrow::RecordBatchVector rows, landed_rows(table));
        return from_arrow(arrow::RecordBatchReader::Make(std::move(rows), table.schema));
      }
    }
    return std::unexpected(Error::user(R"(tables in memory answer SELECT * FROM "schema"."table", of a table that is there, and nothing else)"));
  }

 private:
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace

std::unique_ptr<Destination> make_memory_destination() { return std::make_unique<MemoryDestination>(); }

}  // namespace lakeflow
