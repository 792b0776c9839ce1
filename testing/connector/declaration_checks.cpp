// Checks of schemas and metadata.

#include <arrow/type.h>

#include <set>

#include "engine/plan/column_path.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

bool same_metadata(const TableMetadata& a, const TableMetadata& b) {
  return a.ingestion_type == b.ingestion_type && a.primary_keys == b.primary_keys && a.cursor_field == b.cursor_field &&
         a.subject_field == b.subject_field;
}

Finding declares_the_same_again(TableTrial& trial) {
  const TableRequest& table = trial.table().request;
  const auto other = trial.request().connect({});
  if (!other) {
    return failed("a second connector can't be made: {}", other.error().message());
  }
  for (LakeflowConnect* connector : {&trial.connector(), other->get()}) {
    const auto schema = connector->get_table_schema(table.table_name, table.table_options);
    const auto metadata = connector->read_table_metadata(table.table_name, table.table_options);
    if (!schema || !metadata) {
      return failed("the second time: {}", !schema ? schema.error().message() : metadata.error().message());
    }
    if (!(*schema)->Equals(*trial.table().schema, true)) {
      return failed("the schema differs from call to call");
    }
    if (!same_metadata(*metadata, trial.table().metadata)) {
      return failed("the metadata differ from call to call");
    }
  }
  return passed("three times the same");
}

void find_doubled(const arrow::FieldVector& fields, const std::string& place, std::vector<std::string>& doubled) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    const std::string path = place + field->name();
    if (field->name().empty() || !names.insert(field->name()).second) {
      doubled.push_back(path.empty() ? "(no name)" : path);
    }
    find_doubled(field->type()->fields(), path + ".", doubled);
  }
}

Finding names_each_column_once(TableTrial& trial) {
  std::vector<std::string> doubled;
  find_doubled(trial.table().schema->fields(), "", doubled);
  if (trial.table().schema->num_fields() == 0) {
    return failed("the schema has no columns");
  }
  return doubled.empty() ? passed("{}", count_of(static_cast<std::size_t>(trial.table().schema->num_fields()), "column"))
                         : failed("without a name or twice: {}", some_of(doubled));
}

Finding declares_what_its_type_needs(TableTrial& trial) {
  const TableMetadata& metadata = trial.table().metadata;
  const bool needs_keys = metadata.ingestion_type != IngestionType::kAppend;
  const bool needs_cursor = metadata.ingestion_type != IngestionType::kSnapshot;
  std::vector<std::string> wrong;
  if (needs_keys && metadata.primary_keys.empty()) {
    wrong.emplace_back("it has no primary_keys");
  }
  if (needs_cursor && metadata.cursor_field.empty()) {
    wrong.emplace_back("it has no cursor_field");
  }
  for (const std::string& key : metadata.primary_keys) {
    const Result<ColumnPath> path = ColumnPath::find(*trial.table().schema, key);
    if (!path) {
      wrong.push_back(fmt::format("key {} is no column", key));
    } else if (path->type()->num_fields() > 0) {
      wrong.push_back(fmt::format("key {} is nested", key));
    }
  }
  if (!metadata.cursor_field.empty() && !ColumnPath::find(*trial.table().schema, metadata.cursor_field)) {
    wrong.push_back(fmt::format("cursor_field {} is no column", metadata.cursor_field));
  }
  if (!wrong.empty()) {
    return failed("{}: {}", ingestion_type_name(metadata.ingestion_type), fmt::join(wrong, ", "));
  }
  return passed("{}{}{}{}", ingestion_type_name(metadata.ingestion_type),
                metadata.primary_keys.empty() ? "" : fmt::format(", key {}", fmt::join(metadata.primary_keys, ", ")),
                metadata.cursor_field.empty() ? "" : ", cursor ", metadata.cursor_field);
}

}  // namespace

std::vector<TableCheckOf> declaration_checks() {
  return {{"declares_the_same_again", "a table whose columns change from run to run",
           "let schema and metadata depend on the options alone, and not on what was read", declares_the_same_again},
          {"names_each_column_once", "a column that can't be reached", "give each column a name of its own", names_each_column_once},
          {"declares_what_its_type_needs", "rows that are doubled, or not ordered, as nothing tells them apart",
           "declare primary_keys and cursor_field as paths of columns (sources/interface/table_metadata.h)", declares_what_its_type_needs}};
}

}  // namespace lakeflow
