// Checks of what a connection lists and refuses.

#include <algorithm>
#include <set>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::string_view kNoTable = "no_such_table_of_any_source";

Finding lists_tables(const ConnectionTrial& trial) {
  const Result<std::vector<std::string>> tables = trial.connector.list_tables();
  if (!tables) {
    return failed("list_tables: {}", tables.error().message());
  }
  if (tables->empty()) {
    return failed("list_tables gives no table");
  }
  const std::set<std::string> names(tables->begin(), tables->end());
  if (names.size() != tables->size() || names.contains("")) {
    return failed("of {} names {} are empty or there twice", tables->size(), tables->size() - names.size() + names.count(""));
  }
  return passed("{} tables", tables->size());
}

Finding lists_the_same_again(const ConnectionTrial& trial) {
  const auto other = trial.request.connect({});
  if (!other) {
    return failed("a second connector can't be made: {}", other.error().message());
  }
  const auto first = trial.connector.list_tables();
  const auto second = trial.connector.list_tables();
  const auto third = (*other)->list_tables();
  if (!first || !second || !third) {
    return failed("list_tables failed");
  }
  return *first == *second && *first == *third ? passed("three times the same list") : failed("the list of tables differs from call to call");
}

// Each method that takes a table's name.
Finding refuses_unknown_tables(const ConnectionTrial& trial) {
  std::vector<std::string> wrong;
  const auto look = [&](std::string_view method, const auto& result) {
    if (result) {
      wrong.push_back(fmt::format("{} takes it", method));
    } else if (result.error().kind() != ErrorKind::kUser) {
      wrong.push_back(fmt::format("{} calls it a fault of kind {}", method, error_kind_name(result.error().kind())));
    }
  };
  look("get_table_schema", trial.connector.get_table_schema(kNoTable, {}));
  look("read_table_metadata", trial.connector.read_table_metadata(kNoTable, {}));
  ReadContext context;
  context.stop = trial.request.stop;
  context.log = &trial.log;
  look("read_table", trial.connector.read_table(kNoTable, {}, {}, context));
  return wrong.empty() ? passed("a user error in all three methods") : failed("a table that there is none of: {}", fmt::join(wrong, ", "));
}

}  // namespace

std::vector<ConnectionCheckOf> connection_checks() {
  return {{"lists_tables", "tables that nobody can find", "let list_tables give each table that the connection reaches, once", lists_tables},
          {"lists_the_same_again", "a table that comes and goes", "let list_tables depend on the options alone", lists_the_same_again},
          {"refuses_unknown_tables", "an hour with an empty table whose name was mistyped",
           "look at the table's name first in each method, and give Error::user with the nearest name (base/options.h nearest_name)",
           refuses_unknown_tables}};
}

}  // namespace lakeflow
