#include "engine/plan/table_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <set>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "destinations/interface/framework_columns.h"
#include "engine/plan/column_path.h"
#include "engine/plan/content_hash.h"
#include "engine/plan/framework_values.h"

namespace lakeflow {

struct TablePlan::Compiled {
  std::shared_ptr<arrow::Schema> source_schema;
  std::shared_ptr<arrow::Schema> keys_schema;  // of ChangeSlice::keys
  std::vector<ColumnPath> keys;
  std::vector<ColumnPath> sequences;
  ContentHash content_hash;
};

namespace {

constexpr std::string_view kConfigure = "in the table's table_configuration";

Result<ApplyMode> choose_mode(const PipelineTable& table, const TableMetadata& metadata) {
  if (table.scd_type == ScdType::kType2) {
    return std::unexpected(
        Error::user(fmt::format("table {}: SCD_TYPE_2 is not there yet", table.source_table), "use SCD_TYPE_1, or take scd_type out"));
  }
  switch (metadata.ingestion_type) {
    case IngestionType::kSnapshot:
      if (table.scd_type == ScdType::kAppendOnly) {
        return std::unexpected(
            Error::user(fmt::format("table {} comes as a snapshot: APPEND_ONLY would add all of its rows again with each run", table.source_table),
                        "take scd_type out"));
      }
      return ApplyMode::kSnapshot;
    case IngestionType::kCdc:
    case IngestionType::kCdcWithDeletes: return table.scd_type == ScdType::kAppendOnly ? ApplyMode::kAppend : ApplyMode::kChanges;
    case IngestionType::kAppend: return table.scd_type == ScdType::kType1 ? ApplyMode::kChanges : ApplyMode::kAppend;
  }
  return std::unexpected(Error::internal("an ingestion type without a mode"));
}

// What has an order and an equality that every destination agrees on.
bool is_scalar(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP: return true;
    default: return arrow::is_integer(type.id());
  }
}

Result<std::vector<ColumnPath>> find_keys(const arrow::Schema& schema, const PipelineTable& table, const std::vector<std::string>& names) {
  std::vector<ColumnPath> keys;
  for (const std::string& name : names) {
    Result<ColumnPath> key = ColumnPath::find(schema, name);
    if (!key) {
      return std::unexpected(key.error().at(fmt::format("primary key of table {}", table.source_table)));
    }
    if (!key->is_top_level()) {
      return std::unexpected(Error::user(fmt::format("primary key {} of table {} lies in a struct", name, table.source_table),
                                         fmt::format("name columns of the table itself as primary_keys {}", kConfigure)));
    }
    if (!is_scalar(*key->type())) {
      return std::unexpected(Error::user(fmt::format("primary key {} of table {} has the type {}", name, table.source_table, key->type()->ToString()),
                                         fmt::format("name columns with exact scalar values as primary_keys {}", kConfigure)));
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::vector<ColumnPath>> find_sequences(const arrow::Schema& schema, const PipelineTable& table, const std::vector<std::string>& names) {
  std::vector<ColumnPath> sequences;
  for (const std::string& name : names) {
    Result<ColumnPath> sequence = ColumnPath::find(schema, name);
    if (!sequence) {
      return std::unexpected(sequence.error().at(fmt::format("sequence of table {}", table.source_table)));
    }
    const bool is_float = sequence->type()->id() == arrow::Type::FLOAT || sequence->type()->id() == arrow::Type::DOUBLE;
    if (!is_scalar(*sequence->type()) && !is_float) {
      return std::unexpected(Error::user(
          fmt::format("sequence {} of table {} has the type {}, which has no order", name, table.source_table, sequence->type()->ToString()),
          fmt::format("name other columns as sequence_by {}", kConfigure)));
    }
    sequences.push_back(*std::move(sequence));
  }
  return sequences;
}

Result<std::shared_ptr<arrow::Schema>> landed_schema(const arrow::Schema& source, ApplyMode mode) {
  arrow::FieldVector fields = source.fields();
  fields.push_back(arrow::field(std::string(kRescuedDataColumn), arrow::utf8()));
  fields.push_back(arrow::field(std::string(kSourceFileColumn), arrow::utf8()));
  fields.push_back(arrow::field(std::string(kSourcePositionColumn), arrow::int64()));
  fields.push_back(arrow::field(std::string(kIngestionTimestampColumn), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  fields.push_back(arrow::field(std::string(kRunIdColumn), arrow::utf8()));
  if (mode != ApplyMode::kAppend) {
    fields.push_back(arrow::field(std::string(kContentHashColumn), arrow::int64()));
  }
  std::set<std::string_view> names;
  for (const auto& field : fields) {
    if (!names.insert(field->name()).second) {
      return std::unexpected(
          Error::internal(fmt::format("the source's schema has a column {} that stands there twice or is the framework's own", field->name())));
    }
  }
  return arrow::schema(std::move(fields), source.metadata());
}

std::shared_ptr<arrow::Schema> narrow_schema(const std::vector<ColumnPath>& keys, const std::vector<ColumnPath>& sequences) {
  arrow::FieldVector fields;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    fields.push_back(arrow::field(fmt::format("key_{}", index), keys[index].type()));
  }
  for (std::size_t index = 0; index < sequences.size(); ++index) {
    fields.push_back(arrow::field(fmt::format("sequence_{}", index), sequences[index].type()));
  }
  fields.push_back(arrow::field("delete", arrow::boolean()));
  fields.push_back(arrow::field("content_hash", arrow::int64()));
  return arrow::schema(std::move(fields));
}

// Why each row must go, by its row; rows that stay have no entry. A row has one reason, the first that was found.
class Refusals {
 public:
  explicit Refusals(std::int64_t rows) : rows_(static_cast<std::size_t>(rows)) {}

  void add(std::int64_t row, std::string_view reason, std::string_view column) {
    if (why_.empty()) {
      why_.resize(rows_);
    }
    Why& why = why_[static_cast<std::size_t>(row)];
    if (why.reason.empty()) {
      why = {reason, column};
      ++count_;
    }
  }
  void add_nulls(const arrow::Array& values, std::string_view reason, std::string_view column) {
    if (values.null_count() == 0) {
      return;
    }
    for (std::int64_t row = 0; row < values.length(); ++row) {
      if (values.IsNull(row)) add(row, reason, column);
    }
  }

  bool empty() const { return count_ == 0; }
  std::vector<Reject> rejects(std::span<const std::uint32_t> records) const {
    std::vector<Reject> rejects;
    rejects.reserve(count_);
    for (std::size_t row = 0; row < why_.size(); ++row) {
      if (!why_[row].reason.empty()) {
        rejects.push_back({.record = records[row],
                           .reason = std::string(why_[row].reason),
                           .detail = why_[row].column.empty() ? "" : fmt::format("column {}", why_[row].column)});
      }
    }
    return rejects;
  }
  // The rows that stay. Some are refused when this is called.
  std::vector<std::int64_t> kept() const {
    std::vector<std::int64_t> kept;
    kept.reserve(rows_ - count_);
    for (std::size_t row = 0; row < why_.size(); ++row) {
      if (why_[row].reason.empty()) kept.push_back(static_cast<std::int64_t>(row));
    }
    return kept;
  }

 private:
  struct Why {
    std::string_view reason;
    std::string_view column;
  };
  std::size_t rows_;
  std::size_t count_ = 0;
  std::vector<Why> why_;
};

// A number that is none has no place in an order.
template <typename FloatArray>
void refuse_not_a_number(const arrow::Array& values, std::string_view column, Refusals& refusals) {
  const auto& numbers = static_cast<const FloatArray&>(values);
  for (std::int64_t row = 0; row < numbers.length(); ++row) {
    if (numbers.IsValid(row) && std::isnan(numbers.Value(row))) refusals.add(row, "missing_sequence", column);
  }
}

Result<Refusals> find_refusals(const DecodedTable& decoded, const RawRecords& raw, ApplyMode mode, const std::vector<ColumnPath>& keys,
                               const std::vector<ColumnPath>& sequences) {
  Refusals refusals(decoded.rows->num_rows());
  if (mode != ApplyMode::kChanges) {
    for (std::size_t row = 0; row < decoded.records.size(); ++row) {
      if (raw.records[decoded.records[row]].operation == Operation::kDelete) {
        refusals.add(static_cast<std::int64_t>(row), "unexpected_delete", "");
      }
    }
  }
  for (const ColumnPath& key : keys) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> values, key.extract(*decoded.rows));
    refusals.add_nulls(*values, "missing_key", key.text());
  }
  for (const ColumnPath& sequence : sequences) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> values, sequence.extract(*decoded.rows));
    refusals.add_nulls(*values, "missing_sequence", sequence.text());
    if (values->type_id() == arrow::Type::DOUBLE) refuse_not_a_number<arrow::DoubleArray>(*values, sequence.text(), refusals);
    if (values->type_id() == arrow::Type::FLOAT) refuse_not_a_number<arrow::FloatArray>(*values, sequence.text(), refusals);
  }
  return refusals;
}

Result<DecodedTable> take_rows(const DecodedTable& decoded, const std::vector<std::int64_t>& kept) {
  const arrow::Int64Array indices(std::ssize(kept), arrow::Buffer::Wrap(kept));
  const auto options = arrow::compute::TakeOptions::NoBoundsCheck();
  DecodedTable taken;
  LAKEFLOW_ASSIGN(const arrow::Datum rows, from_arrow(arrow::compute::Take(decoded.rows, indices.data(), options)));
  taken.rows = rows.record_batch();
  if (decoded.rescued) {
    LAKEFLOW_ASSIGN(const arrow::Datum rescued, from_arrow(arrow::compute::Take(decoded.rescued->data(), indices.data(), options)));
    taken.rescued = std::static_pointer_cast<arrow::StringArray>(rescued.make_array());
  }
  taken.records.reserve(kept.size());
  for (const std::int64_t row : kept) {
    taken.records.push_back(decoded.records[static_cast<std::size_t>(row)]);
  }
  return taken;
}

Result<std::shared_ptr<arrow::Array>> int64_array(const std::vector<std::uint64_t>& values) {
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Buffer> buffer, from_arrow(arrow::AllocateBuffer(std::ssize(values) * std::int64_t{sizeof(std::int64_t)})));
  if (!values.empty()) {
    std::memcpy(buffer->mutable_data(), values.data(), values.size() * sizeof(std::uint64_t));
  }
  return std::make_shared<arrow::Int64Array>(std::ssize(values), std::move(buffer), nullptr, 0);
}

Status check_decoded(const DecodedTable& decoded, const RawRecords& raw, const arrow::Schema& schema) {
  if (!decoded.rows || !decoded.rows->schema()->Equals(schema, /*check_metadata=*/false)) {
    return std::unexpected(Error::internal("the decoder gave rows that don't have the table's schema"));
  }
  const std::size_t rows = static_cast<std::size_t>(decoded.rows->num_rows());
  if (decoded.records.size() != rows || (decoded.rescued && decoded.rescued->length() != decoded.rows->num_rows())) {
    return std::unexpected(Error::internal("the decoder gave rows without their records"));
  }
  for (const std::uint32_t record : decoded.records) {
    if (record >= raw.records.size() || raw.records[record].origin >= raw.origins.size()) {
      return std::unexpected(Error::internal("the decoder or the reader named a record or an origin that is not there"));
    }
  }
  return {};
}

}  // namespace

Result<TablePlan> TablePlan::make(const PipelineTable& table, const TableMetadata& metadata, std::shared_ptr<arrow::Schema> source_schema) {
  const auto compile = [&]() -> Result<TablePlan> {
    LAKEFLOW_ASSIGN(const ApplyMode mode, choose_mode(table, metadata));
    auto compiled = std::make_shared<Compiled>();
    LAKEFLOW_ASSIGN(compiled->content_hash, ContentHash::make(*source_schema));
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Schema> schema, landed_schema(*source_schema, mode));

    const std::vector<std::string>& key_names = table.primary_keys.empty() ? metadata.primary_keys : table.primary_keys;
    if (key_names.empty() && mode != ApplyMode::kAppend) {
      return std::unexpected(Error::user(fmt::format("table {} has no primary key", table.source_table),
                                         fmt::format("name its columns as primary_keys {}", kConfigure)));
    }
    LAKEFLOW_ASSIGN(compiled->keys, find_keys(*source_schema, table, key_names));
    ApplyPlan plan{.target = table.destination,
                   .mode = mode,
                   .history = HistoryMode::kCurrent,
                   .schema = std::move(schema),
                   .key_columns = {},
                   .sequence_columns = {}};
    if (mode != ApplyMode::kAppend) {
      plan.key_columns = key_names;
    }
    if (mode == ApplyMode::kChanges) {
      plan.sequence_columns = table.sequence_by;
      if (plan.sequence_columns.empty() && !metadata.cursor_field.empty()) {
        plan.sequence_columns = {metadata.cursor_field};
      }
      if (plan.sequence_columns.empty()) {
        return std::unexpected(Error::user(fmt::format("table {} has nothing that orders the versions of its rows", table.source_table),
                                           fmt::format("name columns as sequence_by {}", kConfigure)));
      }
      LAKEFLOW_ASSIGN(compiled->sequences, find_sequences(*source_schema, table, plan.sequence_columns));
    }
    compiled->keys_schema = narrow_schema(compiled->keys, compiled->sequences);
    compiled->source_schema = std::move(source_schema);
    return TablePlan(table, std::move(plan), std::move(compiled));
  };
  Result<TablePlan> plan = compile();
  if (!plan && !table.place.empty()) {
    return std::unexpected(plan.error().at(table.place));
  }
  return plan;
}

Result<PreparedRows> TablePlan::prepare(const DecodedTable& decoded, const RawRecords& raw, const RunStamp& run) const {
  LAKEFLOW_TRY(check_decoded(decoded, raw, *compiled_->source_schema));
  LAKEFLOW_ASSIGN(const Refusals refusals, find_refusals(decoded, raw, apply_plan_.mode, compiled_->keys, compiled_->sequences));
  PreparedRows prepared;
  DecodedTable remaining;
  if (!refusals.empty()) {
    prepared.rejects = refusals.rejects(decoded.records);
    LAKEFLOW_ASSIGN(remaining, take_rows(decoded, refusals.kept()));
  }
  const DecodedTable& kept = refusals.empty() ? decoded : remaining;
  const std::int64_t rows = kept.rows->num_rows();

  arrow::ArrayVector columns = kept.rows->columns();
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> rescued,
                  kept.rescued ? Result<std::shared_ptr<arrow::Array>>(kept.rescued) : from_arrow(arrow::MakeArrayOfNull(arrow::utf8(), rows)));
  prepared.rescued = static_cast<std::uint64_t>(rows - rescued->null_count());
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> files, source_files(kept.records, raw));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> positions, source_positions(kept.records, raw));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> ingestion_times, repeated_timestamp(run.started_at, rows));
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> run_ids, repeated_text(run.run_id, rows));
  columns.insert(columns.end(), {std::move(rescued), std::move(files), std::move(positions), std::move(ingestion_times), std::move(run_ids)});

  if (apply_plan_.mode != ApplyMode::kAppend) {
    arrow::ArrayVector narrow;
    for (const std::vector<ColumnPath>* const paths : {&compiled_->keys, &compiled_->sequences}) {
      for (const ColumnPath& path : *paths) {
        LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> values, path.extract(*kept.rows));
        narrow.push_back(std::move(values));
      }
    }
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> delete_flags, deletes(kept.records, raw));
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> hashes, int64_array(compiled_->content_hash.hash(*kept.rows, kept.rescued.get())));
    columns.push_back(hashes);
    narrow.insert(narrow.end(), {std::move(delete_flags), std::move(hashes)});
    prepared.slice.keys = arrow::RecordBatch::Make(compiled_->keys_schema, rows, std::move(narrow));
  }
  prepared.slice.rows = arrow::RecordBatch::Make(apply_plan_.schema, rows, std::move(columns));
  return prepared;
}

}  // namespace lakeflow
