#include <arrow/config.h>
#include <duckdb.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sources/interface/lakeflow_connect.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

Result<int> run_version(const Arguments&, Session& session) {
  const std::string duckdb = duckdb_library_version();
  const std::string& arrow = arrow::GetBuildInfo().version_string;
  if (session.console.json()) {
    const nlohmann::ordered_json document = {{"lakeflow", LAKEFLOW_VERSION}, {"interface", kInterfaceVersion}, {"duckdb", duckdb}, {"arrow", arrow}};
    session.console.print(document.dump() + "\n");
  } else {
    session.console.print(
        fmt::format("lakeflow {} (source interface {}, DuckDB {}, Arrow {})\n", LAKEFLOW_VERSION, kInterfaceVersion, duckdb, arrow));
  }
  return kExitDone;
}

}  // namespace

Command version_command() {
  return {.name = "version",
          .summary = "Print the version of this program and of what it is built on",
          .examples = {"lakeflow version"},
          .run = run_version};
}

}  // namespace lakeflow
