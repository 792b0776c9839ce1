// Code: what the connector declares, and what it answers to names of tables that there are none of.

#include <algorithm>
#include <functional>
#include <utility>

#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/ranges.h>

#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

bool has_deletes_of_its_own(LakeflowConnect& connector, const std::string& table) {
  auto* const in_stream = dynamic_cast<DeletesInStream*>(&connector);
  return in_stream == nullptr || !in_stream->deletes_in_stream({table, {}});
}

ReviewFinding implements_all_methods(const ReviewTrial& trial) {
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  if (trial.tables.empty()) {
    return review_failed("list_tables names no table");
  }
  std::vector<std::string> faults;
  for (const DeclaredTable& table : trial.tables) {
    if (table.fault) {
      faults.push_back(fmt::format("table {}: {}", table.name, table.fault->message()));
    } else if (table.metadata->ingestion_type == IngestionType::kCdcWithDeletes && has_deletes_of_its_own(*trial.connector, table.name)) {
      const auto deletes = trial.connector->read_table_deletes(table.name, {}, {}, {});
      if (!deletes && deletes.error().kind() == ErrorKind::kInternal) {
        faults.push_back(fmt::format("table {}: read_table_deletes: {}", table.name, deletes.error().message()));
      }
    }
  }
  // What derives from RestConnector has its methods.
  if (!places_of(trial.tree, FileKind::kCode, std::regex(R"(:\s*public\s+RestConnector\b)"), "").empty()) {
    return none_of(faults, "fault", fmt::format("schema and metadata of {}, by RestConnector", count_of(trial.tables.size(), "table")));
  }
  for (const char* const method : {"list_tables", "get_table_schema", "read_table_metadata", "read_table"}) {
    const auto definitions = places_of(trial.tree, FileKind::kCode, std::regex(fmt::format("\\b{}\\(", method)), method);
    if (definitions.empty()) {
      faults.push_back(fmt::format("no source file has {}", method));
    }
  }
  return none_of(faults, "fault", fmt::format("schema and metadata of {}, deletes where they are declared", count_of(trial.tables.size(), "table")));
}

// How a method answers to a name.
using Method = std::function<std::optional<Error>(const std::string& table)>;

template <typename T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

std::vector<std::pair<std::string, Method>> methods_of(LakeflowConnect& connector, bool reads_deletes) {
  std::vector<std::pair<std::string, Method>> methods = {
      {"get_table_schema", [&](const std::string& table) { return error_of(connector.get_table_schema(table, {})); }},
      {"read_table_metadata", [&](const std::string& table) { return error_of(connector.read_table_metadata(table, {})); }},
      {"read_table", [&](const std::string& table) { return error_of(connector.read_table(table, {}, {}, {})); }}};
  if (reads_deletes) {
    methods.emplace_back("read_table_deletes", [&](const std::string& table) { return error_of(connector.read_table_deletes(table, {}, {}, {})); });
  }
  if (auto* const shared = dynamic_cast<SharedPass*>(&connector)) {
    methods.emplace_back("read_tables", [shared](const std::string& table) {
      const TableRequest request{table, {}};
      return error_of(shared->read_tables(std::span(&request, 1), {}, {}));
    });
  }
  if (auto* const decoder = dynamic_cast<OwnDecoder*>(&connector)) {
    methods.emplace_back("make_decoder", [decoder](const std::string& table) {
      const TableRequest request{table, {}};
      return error_of(decoder->make_decoder(std::span(&request, 1)));
    });
  }
  return methods;
}

// The name of the table, mistyped, so that it is nobody's name.
std::string mistyped(const std::vector<DeclaredTable>& tables) {
  std::string name = tables.front().name;
  do {
    name += 'x';
  } while (std::ranges::find(tables, name, &DeclaredTable::name) != tables.end());
  return name;
}

// Whether the error says which table was meant, beside the name that was given.
bool names_the_nearest(const Error& error, const std::string& given, const std::string& meant) {
  std::string text = error.message() + ' ' + error.next_step();
  for (std::size_t at = text.find(given); at != std::string::npos; at = text.find(given)) {
    text.erase(at, given.size());
  }
  return text.contains(meant);
}

ReviewFinding refuses_unknown_tables(const ReviewTrial& trial) {
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  if (trial.tables.empty()) {
    return not_shown("list_tables names no table", "let it name its tables, with documentation_options of its spec");
  }
  const bool reads_deletes = std::ranges::any_of(trial.tables, [&](const DeclaredTable& table) {
    return table.metadata && table.metadata->ingestion_type == IngestionType::kCdcWithDeletes && has_deletes_of_its_own(*trial.connector, table.name);
  });
  const std::string near = mistyped(trial.tables);
  const std::string& meant = trial.tables.front().name;
  std::vector<std::string> faults;
  std::vector<std::string> names;
  for (const auto& [method, call] : methods_of(*trial.connector, reads_deletes)) {
    names.push_back(method);
    for (const std::string& name : {near, std::string("no_such_table_anywhere"), std::string()}) {
      const std::optional<Error> error = call(name);
      if (!error) {
        faults.push_back(fmt::format("{} takes the table \"{}\"", method, name));
      } else if (error->kind() != ErrorKind::kUser) {
        faults.push_back(fmt::format("{} of \"{}\": an error of the kind {}, not user", method, name, error_kind_name(error->kind())));
      } else if (name == near && !names_the_nearest(*error, near, meant)) {
        faults.push_back(fmt::format("{} of \"{}\" does not name {}", method, name, meant));
      }
    }
  }
  return none_of(faults, "fault", fmt::format("a user error that names the nearest table, of {}", fmt::join(names, ", ")));
}

// Visits all types of a schema, with their places: "orders.lines.amount".
void visit_types(const arrow::FieldVector& fields, const std::string& place,
                 const std::function<void(const std::string&, const arrow::DataType&)>& visit) {
  for (const auto& field : fields) {
    visit(place + field->name(), *field->type());
    visit_types(field->type()->fields(), place + field->name() + ".", visit);
  }
}

ReviewFinding columns_without(const ReviewTrial& trial, bool (*is_wrong)(const arrow::DataType&), std::string_view what) {
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  std::vector<std::string> wrong;
  std::size_t seen = 0;
  for (const DeclaredTable& table : trial.tables) {
    if (table.schema != nullptr) {
      visit_types(table.schema->fields(), table.name + ".", [&](const std::string& place, const arrow::DataType& type) {
        ++seen;
        if (is_wrong(type)) {
          wrong.push_back(fmt::format("{}: {}", place, type.ToString()));
        }
      });
    }
  }
  return none_of(wrong, what, fmt::format("none of {} of {}", count_of(seen, "column"), count_of(trial.tables.size(), "table")));
}

ReviewFinding prefers_structs_to_maps(const ReviewTrial& trial) {
  return columns_without(trial, [](const arrow::DataType& type) { return type.id() == arrow::Type::MAP; }, "map");
}

ReviewFinding prefers_long_integers(const ReviewTrial& trial) {
  return columns_without(
      trial, [](const arrow::DataType& type) { return arrow::is_integer(type.id()) && type.id() != arrow::Type::INT64; }, "narrow integer");
}

ReviewFinding keeps_structs_nested(const ReviewTrial& trial) {
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  std::size_t nested = 0;
  std::vector<std::string> flat;
  for (const DeclaredTable& table : trial.tables) {
    if (table.schema != nullptr) {
      const bool is_nested = std::ranges::any_of(table.schema->fields(), [](const auto& field) { return field->type()->num_fields() > 0; });
      nested += is_nested ? 1U : 0U;
      if (!is_nested) {
        flat.push_back(fmt::format("table {} has no column of structs or lists", table.name));
      }
    }
  }
  return needs_person(fmt::format("{} of {} have columns of structs or lists", nested, count_of(trial.tables.size(), "table")), flat);
}

}  // namespace

std::vector<ReviewCheckOf> contract_checks() {
  return {{"implements_all_methods", "tables that are listed and can't be read",
           "implement the method that is named, for each table that list_tables names", implements_all_methods},
          {"refuses_unknown_tables", "an hour with an empty table whose name was mistyped",
           "look the table up at the beginning of each method, and return Error::user with nearest_name (base/options.h)", refuses_unknown_tables},
          {"prefers_structs_to_maps", "columns that nobody can query by name, and whose types are all one",
           "declare the members that the source has as a struct", prefers_structs_to_maps},
          {"prefers_long_integers", "numbers that do not fit", "declare it as arrow::int64()", prefers_long_integers},
          {"keeps_structs_nested", "what belonged together in the source",
           "compare the schemas with records of the source: is what is nested there nested here, with no member joined or renamed?",
           keeps_structs_nested}};
}

}  // namespace lakeflow
