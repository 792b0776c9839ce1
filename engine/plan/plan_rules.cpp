#include "engine/plan/plan_rules.h"

#include <set>

#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include "destinations/interface/framework_columns.h"

namespace lakeflow {
namespace {

constexpr std::string_view kConfigure = "in the table's table_configuration";

// What has an order and an equality that every destination agrees on.
bool is_exact_scalar(const arrow::DataType& type) {
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

bool is_float(const arrow::DataType& type) { return type.id() == arrow::Type::FLOAT || type.id() == arrow::Type::DOUBLE; }

// Of __START_AT and __END_AT.
std::shared_ptr<arrow::DataType> type_of_ends(const ApplyPlan& plan, const std::vector<ColumnPath>& sequences) {
  if (plan.mode == ApplyMode::kSnapshot) {
    return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  }
  if (sequences.size() == 1) {
    return sequences.front().type();
  }
  arrow::FieldVector members;
  for (const ColumnPath& sequence : sequences) {
    members.push_back(arrow::field(sequence.text(), sequence.type()));
  }
  return arrow::struct_(std::move(members));
}

}  // namespace

Result<ApplyMode> choose_mode(const PipelineTable& table, const TableMetadata& metadata) {
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
    case IngestionType::kAppend:
      return table.scd_type == ScdType::kType1 || table.scd_type == ScdType::kType2 ? ApplyMode::kChanges : ApplyMode::kAppend;
  }
  return std::unexpected(Error::internal("an ingestion type without a mode"));
}

HistoryMode choose_history(const PipelineTable& table, ApplyMode mode) {
  return table.scd_type == ScdType::kType2 && mode != ApplyMode::kAppend ? HistoryMode::kVersions : HistoryMode::kCurrent;
}

Result<std::vector<ColumnPath>> find_keys(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema, ApplyMode mode) {
  const std::vector<std::string>& names = table.primary_keys.empty() ? metadata.primary_keys : table.primary_keys;
  if (names.empty() && mode != ApplyMode::kAppend) {
    return std::unexpected(
        Error::user(fmt::format("table {} has no primary key", table.source_table), fmt::format("name its columns as primary_keys {}", kConfigure)));
  }
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
    if (!is_exact_scalar(*key->type())) {
      return std::unexpected(Error::user(fmt::format("primary key {} of table {} has the type {}", name, table.source_table, key->type()->ToString()),
                                         fmt::format("name columns with exact scalar values as primary_keys {}", kConfigure)));
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<std::vector<ColumnPath>> find_sequences(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema,
                                               ApplyMode mode) {
  std::vector<ColumnPath> sequences;
  if (mode != ApplyMode::kChanges) {
    return sequences;
  }
  std::vector<std::string> names = table.sequence_by;
  if (names.empty() && !metadata.cursor_field.empty()) {
    names = {metadata.cursor_field};
  }
  if (names.empty()) {
    return std::unexpected(Error::user(fmt::format("table {} has nothing that orders the versions of a row", table.source_table),
                                       fmt::format("name columns as sequence_by {}", kConfigure)));
  }
  for (const std::string& name : names) {
    Result<ColumnPath> sequence = ColumnPath::find(schema, name);
    if (!sequence) {
      return std::unexpected(sequence.error().at(fmt::format("sequence of table {}", table.source_table)));
    }
    if (!is_exact_scalar(*sequence->type()) && !is_float(*sequence->type())) {
      return std::unexpected(Error::user(
          fmt::format("sequence {} of table {} has the type {}, which has no order", name, table.source_table, sequence->type()->ToString()),
          fmt::format("name other columns as sequence_by {}", kConfigure)));
    }
    sequences.push_back(*std::move(sequence));
  }
  return sequences;
}

Result<std::vector<ColumnPath>> find_untracked(const PipelineTable& table, const arrow::Schema& schema, const ApplyPlan& plan,
                                               const std::vector<ColumnPath>& sequences) {
  if (table.track_history_except.empty()) {
    return std::vector<ColumnPath>();
  }
  if (plan.mode != ApplyMode::kChanges || plan.history != HistoryMode::kVersions) {
    return std::unexpected(Error::user(fmt::format("table {} keeps no history of changes: track_history_except has no meaning", table.source_table),
                                       fmt::format("take it out, or set scd_type: SCD_TYPE_2 for a table of changes {}", kConfigure)));
  }
  std::vector<ColumnPath> untracked = sequences;
  for (const std::string& name : table.track_history_except) {
    Result<ColumnPath> column = ColumnPath::find(schema, name);
    if (!column) {
      return std::unexpected(column.error().at(fmt::format("track_history_except of table {}", table.source_table)));
    }
    untracked.push_back(*std::move(column));
  }
  return untracked;
}

Status check_clustering(const PipelineTable& table, const arrow::Schema& schema) {
  for (const std::string& name : table.cluster_by) {
    if (const Result<ColumnPath> column = ColumnPath::find(schema, name); !column) {
      return std::unexpected(column.error().at(fmt::format("cluster_by of table {}", table.source_table)));
    }
  }
  return {};
}

Result<std::shared_ptr<arrow::Schema>> landed_schema(const arrow::Schema& source, const ApplyPlan& plan, const std::vector<ColumnPath>& sequences) {
  arrow::FieldVector fields = source.fields();
  fields.push_back(arrow::field(std::string(kRescuedDataColumn), arrow::utf8()));
  fields.push_back(arrow::field(std::string(kSourceFileColumn), arrow::utf8()));
  fields.push_back(arrow::field(std::string(kSourcePositionColumn), arrow::int64()));
  fields.push_back(arrow::field(std::string(kIngestionTimestampColumn), arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  fields.push_back(arrow::field(std::string(kRunIdColumn), arrow::utf8()));
  if (plan.mode != ApplyMode::kAppend) {
    fields.push_back(arrow::field(std::string(kContentHashColumn), arrow::int64()));
  }
  if (plan.merges_versions) {
    fields.push_back(arrow::field(std::string(kTrackedHashColumn), arrow::int64()));
  }
  if (plan.history == HistoryMode::kVersions) {
    const std::shared_ptr<arrow::DataType> type = type_of_ends(plan, sequences);
    fields.push_back(arrow::field(std::string(kStartAtColumn), type));
    fields.push_back(arrow::field(std::string(kEndAtColumn), type));
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

std::shared_ptr<arrow::Schema> rows_schema(const ApplyPlan& plan) {
  if (plan.history == HistoryMode::kCurrent) {
    return plan.schema;
  }
  arrow::FieldVector fields = plan.schema->fields();
  fields.resize(fields.size() - 2);  // __START_AT and __END_AT, which stand last
  return arrow::schema(std::move(fields), plan.schema->metadata());
}

std::shared_ptr<arrow::Schema> keys_schema(const ApplyPlan& plan, const std::vector<ColumnPath>& keys, const std::vector<ColumnPath>& sequences) {
  arrow::FieldVector fields;
  for (std::size_t index = 0; index < keys.size(); ++index) {
    fields.push_back(arrow::field(fmt::format("key_{}", index), keys[index].type()));
  }
  for (std::size_t index = 0; index < sequences.size(); ++index) {
    fields.push_back(arrow::field(fmt::format("sequence_{}", index), sequences[index].type()));
  }
  fields.push_back(arrow::field("delete", arrow::boolean()));
  fields.push_back(arrow::field("content_hash", arrow::int64()));
  if (plan.merges_versions) {
    fields.push_back(arrow::field("tracked_hash", arrow::int64()));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace lakeflow
