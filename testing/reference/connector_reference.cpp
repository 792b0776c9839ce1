#include "testing/reference/connector_reference.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sources/interface/schema_words.h"

namespace lakeflow {
namespace {

// A cell of a table in Markdown.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '|') {
      escaped += '\\';
    }
    escaped += letter == '\n' ? ' ' : letter;
  }
  return escaped;
}

std::string as_code(std::string_view text) { return text.empty() ? std::string() : fmt::format("`{}`", cell(text)); }

std::string type_of(const OptionSpec& option) {
  std::vector<std::string> choices;
  std::ranges::transform(option.choices, std::back_inserter(choices), as_code);
  std::string type = choices.empty() ? std::string(option_type_name(option.type)) : fmt::format("{}", fmt::join(choices, ", "));
  type += option.required ? ", required" : "";
  type += option.secret ? ", secret" : "";
  return type;
}

std::string options_table(const std::vector<OptionSpec>& options) {
  std::string text = "| Option | Type | Default | What it does |\n|---|---|---|---|\n";
  for (const OptionSpec& option : options) {
    text +=
        fmt::format("| {} | {} | {} | {} |\n", as_code(option.name), type_of(option), as_code(option.default_value.value_or("")), cell(option.help));
  }
  return text;
}

struct DeclaredTable {
  std::string name;
  TableMetadata metadata;
  std::shared_ptr<arrow::Schema> schema;
};

// "`append`, key `id`, cursor `time`": tables of which this is the same are listed together.
std::string ingestion_of(const TableMetadata& metadata) {
  std::string text = as_code(ingestion_type_name(metadata.ingestion_type));
  if (!metadata.primary_keys.empty()) {
    text += fmt::format(", key `{}`", fmt::join(metadata.primary_keys, "`, `"));
  }
  if (!metadata.cursor_field.empty()) {
    text += fmt::format(", cursor `{}`", metadata.cursor_field);
  }
  return text;
}

// The fields of a struct, or of the structs in a list, stand below it as `column.field`; what lies deeper goes by its type alone.
void add_column_rows(const arrow::Field& field, const std::string& place, bool described, std::string& text) {
  text += fmt::format("| {} | {} |", as_code(place + field.name()), cell(type_name(*field.type())));
  text += described ? fmt::format(" {} |\n", cell(description_of(field))) : "\n";
  const arrow::DataType* inner = field.type().get();
  while (inner->id() == arrow::Type::LIST) {
    inner = inner->field(0)->type().get();
  }
  if (place.empty() && inner->id() == arrow::Type::STRUCT) {
    for (const auto& member : inner->fields()) {
      add_column_rows(*member, field.name() + ".", described, text);
    }
  }
}

std::string columns_of(const DeclaredTable& table) {
  const bool described = std::ranges::any_of(table.schema->fields(), [](const auto& field) { return !description_of(*field).empty(); });
  std::string text = fmt::format("\n<details><summary>Columns of {}</summary>\n\n", table.name);
  text += described ? "| Column | Type | What it is |\n|---|---|---|\n" : "| Column | Type |\n|---|---|\n";
  for (const auto& field : table.schema->fields()) {
    add_column_rows(*field, "", described, text);
  }
  return text + "\n</details>\n";
}

Result<std::vector<DeclaredTable>> declared_tables(LakeflowConnect& connector) {
  LAKEFLOW_ASSIGN(const std::vector<std::string> names, connector.list_tables());
  std::vector<DeclaredTable> tables;
  for (const std::string& name : names) {
    LAKEFLOW_ASSIGN(TableMetadata metadata, connector.read_table_metadata(name, {}));
    LAKEFLOW_ASSIGN(auto schema, connector.get_table_schema(name, {}));
    tables.push_back({name, std::move(metadata), std::move(schema)});
  }
  return tables;
}

std::string group_table(const std::string& ingestion, const std::vector<const DeclaredTable*>& tables, bool folded) {
  const bool described = std::ranges::any_of(tables, [](const DeclaredTable* table) { return !table->metadata.description.empty(); });
  std::string text = fmt::format("{} table{}: {}\n\n", tables.size(), tables.size() == 1 ? "" : "s", ingestion);
  text += folded ? "<details><summary>Their names and numbers of columns</summary>\n\n" : "";
  text += described ? "| Table | Columns | A row is |\n|---|---:|---|\n" : "| Table | Columns |\n|---|---:|\n";
  for (const DeclaredTable* table : tables) {
    text += fmt::format("| {} | {} |", as_code(table->name), table->schema->num_fields());
    text += described ? fmt::format(" {} |\n", cell(table->metadata.description)) : "\n";
  }
  return text + (folded ? "\n</details>\n" : "");
}

}  // namespace

std::string options_reference(const ConnectorSpec& spec) {
  std::string text;
  if (!spec.connection_options.empty()) {
    text += "\n#### Connection options\n\n" + options_table(spec.connection_options);
  }
  if (!spec.table_options.empty()) {
    text += "\n#### Table options\n\n" + options_table(spec.table_options);
  }
  return (text.empty() ? "\nIt has no options.\n" : text) + "\n";
}

Result<std::string> tables_reference(LakeflowConnect& connector) {
  LAKEFLOW_ASSIGN(const std::vector<DeclaredTable> tables, declared_tables(connector));
  const bool are_few = tables.size() <= kMostTablesWithColumns;
  std::vector<std::string> ways;
  for (const DeclaredTable& table : tables) {
    if (std::string way = ingestion_of(table.metadata); std::ranges::find(ways, way) == ways.end()) {
      ways.push_back(std::move(way));
    }
  }
  std::string text;
  for (const std::string& way : ways) {
    std::vector<const DeclaredTable*> group;
    for (const DeclaredTable& table : tables) {
      if (ingestion_of(table.metadata) == way) {
        group.push_back(&table);
      }
    }
    text += "\n" + group_table(way, group, !are_few);
  }
  if (are_few) {
    for (const DeclaredTable& table : tables) {
      text += columns_of(table);
    }
  }
  return text + "\n";
}

}  // namespace lakeflow
