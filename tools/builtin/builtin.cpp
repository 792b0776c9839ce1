#include "tools/builtin/builtin.h"

#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "base/options.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/socket/socket_destination.h"
#include "sources/healthcare/healthcare_connector.h"

namespace lakeflow {

ConnectorRegistry builtin_connectors() {
  ConnectorRegistry registry;
  registry.add(healthcare_connector());
  return registry;
}

Status check_destination_kind(const Pipeline& pipeline) {
  const std::array<std::string, 1> kinds = {"duckdb"};
  const std::string& kind = pipeline.destination.kind;
  if (kind == kinds.front()) {
    return {};
  }
  const std::optional<std::string> nearest = nearest_name(kind, kinds);
  return std::unexpected(
      Error::user(fmt::format("unknown kind of destination {}", kind), nearest ? fmt::format("did you mean {}?", *nearest) : "known kinds: duckdb"));
}

std::string working_folder(const Pipeline& pipeline) { return pipeline.destination.path + ".tmp"; }

Result<std::unique_ptr<Destination>> open_destination(const Pipeline& pipeline, bool read_only) {
  LAKEFLOW_TRY(check_destination_kind(pipeline));
  const DestinationLocation& location = pipeline.destination;
  std::error_code unreadable;
  if (read_only && !std::filesystem::exists(location.path, unreadable) && !unreadable) {
    return std::unexpected(Error::user(fmt::format("the database {} is not there yet", location.path), "lakeflow ingest makes it"));
  }
  if (read_only) {
    LAKEFLOW_ASSIGN(std::unique_ptr<Destination> served, connect_to_run(working_folder(pipeline)));
    if (served != nullptr) {
      return served;
    }
  }
  return open_duckdb({.path = location.path, .memory_limit = pipeline.settings.memory_limit, .read_only = read_only});
}

}  // namespace lakeflow
