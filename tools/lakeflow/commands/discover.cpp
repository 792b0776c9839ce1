#include <algorithm>

#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/schema_text.h"
#include "tools/lakeflow/output/text_table.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

struct DiscoveredTable {
  std::string name;
  const PipelineTable* wanted = nullptr;  // its entry in the pipeline, where it has one
  TableMetadata metadata;
  std::shared_ptr<arrow::Schema> schema;
};

Result<DiscoveredTable> discover_table(LakeflowConnect& source, const Pipeline& pipeline, const std::string& name) {
  DiscoveredTable table{.name = name, .wanted = find_table(pipeline, name), .metadata = {}, .schema = {}};
  const Options options = table.wanted != nullptr ? table.wanted->table_options : Options();
  LAKEFLOW_ASSIGN(table.metadata, source.read_table_metadata(name, options));
  LAKEFLOW_ASSIGN(table.schema, source.get_table_schema(name, options));
  return table;
}

// A source may know a table by a name that it does not list.
void add_names_of_its_own(LakeflowConnect& source, const Pipeline& pipeline, std::vector<std::string>& names) {
  for (const PipelineTable& table : pipeline.tables) {
    if (std::ranges::find(names, table.source_table) == names.end() && source.read_table_metadata(table.source_table, table.table_options)) {
      names.push_back(table.source_table);
    }
  }
}

Json table_json(const DiscoveredTable& table) {
  Json json = {{"source_table", table.name},
               {"ingestion_type", ingestion_type_name(table.metadata.ingestion_type)},
               {"primary_keys", table.metadata.primary_keys},
               {"cursor_field", table.metadata.cursor_field},
               {"description", table.metadata.description},
               {"destination_table", table.wanted != nullptr ? Json(table.wanted->destination.text()) : Json()}};
  json["schema"] = schema_json(*table.schema);
  return json;
}

void print_tables(const std::vector<DiscoveredTable>& tables, Console& console) {
  const bool described = std::ranges::any_of(tables, [](const DiscoveredTable& table) { return !table.metadata.description.empty(); });
  std::vector<TableColumn> columns = {{"TABLE"}, {"INGESTION"}, {"KEY"}, {"CURSOR"}, {"COLUMNS", Align::kRight}, {"LANDS IN"}};
  if (described) {
    columns.push_back({"A ROW IS"});
  }
  TextTable list(columns);
  for (const DiscoveredTable& table : tables) {
    std::vector<std::string> cells = {table.name,
                                      std::string(ingestion_type_name(table.metadata.ingestion_type)),
                                      fmt::format("{}", fmt::join(table.metadata.primary_keys, ", ")),
                                      table.metadata.cursor_field,
                                      fmt::format("{}", table.schema->num_fields()),
                                      table.wanted != nullptr ? table.wanted->destination.text() : "-"};
    if (described) {
      cells.push_back(table.metadata.description);
    }
    list.add(cells);
  }
  console.print(list.render());
  console.note("\n--table TABLE shows a table's columns; \"-\": the pipeline does not read it.");
}

void print_table(const DiscoveredTable& table, int depth, Console& console) {
  const TableMetadata& metadata = table.metadata;
  std::string head = fmt::format("{}: {}", table.name, ingestion_type_name(metadata.ingestion_type));
  if (!metadata.primary_keys.empty()) {
    head += fmt::format(", key {}", fmt::join(metadata.primary_keys, ", "));
  }
  if (!metadata.cursor_field.empty()) {
    head += fmt::format(", cursor {}", metadata.cursor_field);
  }
  const std::size_t width = console.form().output_is_terminal ? console.form().width : 0;
  console.print(fmt::format("{}\n\n{}", head, schema_table(*table.schema, depth, width).render()));
}

Result<int> run_discover(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  const std::optional<std::string> one = arguments.find("table");
  std::vector<std::string> names;
  if (one) {
    names.push_back(*one);
  } else {
    LAKEFLOW_ASSIGN(names, source->list_tables());
    add_names_of_its_own(*source, pipeline, names);
  }
  std::vector<DiscoveredTable> tables;
  for (const std::string& name : names) {
    LAKEFLOW_ASSIGN(DiscoveredTable table, discover_table(*source, pipeline, name));
    tables.push_back(std::move(table));
  }
  if (session.console.json()) {
    Json list = Json::array();
    for (const DiscoveredTable& table : tables) {
      list.push_back(table_json(table));
    }
    session.console.print((one ? list.front() : list).dump(2) + "\n");
  } else if (one) {
    print_table(tables.front(), static_cast<int>(arguments.count("depth")), session.console);
  } else {
    print_tables(tables, session.console);
  }
  return kExitDone;
}

}  // namespace

Command discover_command() {
  return {.name = "discover",
          .summary = "List what the source has: tables, their keys and how they are ingested, their columns",
          .examples = {"lakeflow discover clinic.yaml", "lakeflow discover clinic.yaml --table Patient --depth 3"},
          .parameters = {pipeline_parameter(),
                         {.name = "table", .help = "Show this table's columns"},
                         {.name = "depth", .help = "How many levels of nested fields", .value = Parameter::Value::kCount, .default_value = "1"},
                         secrets_parameter()},
          .run = run_discover};
}

}  // namespace lakeflow
