#include "tools/builtin/builtin.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "base/options.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/parquet/parquet_destination.h"
#include "destinations/socket/socket_destination.h"
#include "sources/dicomweb/dicomweb_connector.h"
#include "sources/healthcare/healthcare_connector.h"

namespace lakeflow {
namespace {

bool is_parquet(const Pipeline& pipeline) { return pipeline.destination.kind == "parquet"; }

}  // namespace

ConnectorRegistry builtin_connectors() {
  ConnectorRegistry registry;
  registry.add(healthcare_connector());
  registry.add(dicomweb_connector());
  return registry;
}

Status check_destination_kind(const Pipeline& pipeline) {
  const std::array<std::string, 2> kinds = {"duckdb", "parquet"};
  const std::string& kind = pipeline.destination.kind;
  if (std::ranges::find(kinds, kind) != kinds.end()) {
    return {};
  }
  const std::optional<std::string> nearest = nearest_name(kind, kinds);
  return std::unexpected(Error::user(fmt::format("unknown kind of destination {}", kind),
                                     nearest ? fmt::format("did you mean {}?", *nearest) : "known kinds: duckdb, parquet"));
}

std::string working_folder(const Pipeline& pipeline) {
  if (is_parquet(pipeline)) {
    return (std::filesystem::path(pipeline.destination.path) / "_lakeflow").string();
  }
  return pipeline.destination.path + ".tmp";
}

Status check_plan(const Pipeline& pipeline, const ApplyPlan& plan) { return is_parquet(pipeline) ? accepts_parquet(plan) : accepts_duckdb(plan); }

Status restore_destination(const Pipeline& pipeline, const std::string& backup) {
  LAKEFLOW_TRY(check_destination_kind(pipeline));
  return is_parquet(pipeline) ? restore_parquet(pipeline.destination.path, backup) : restore_duckdb(pipeline.destination.path, backup);
}

Result<std::unique_ptr<Destination>> open_destination(const Pipeline& pipeline, bool read_only) {
  LAKEFLOW_TRY(check_destination_kind(pipeline));
  const DestinationLocation& location = pipeline.destination;
  std::error_code unreadable;
  if (read_only && !std::filesystem::exists(location.path, unreadable) && !unreadable) {
    return std::unexpected(Error::user(fmt::format("the {} {} is not there yet", is_parquet(pipeline) ? "lake" : "database", location.path),
                                       "lakeflow ingest makes it"));
  }
  if (read_only) {
    LAKEFLOW_ASSIGN(std::unique_ptr<Destination> served, connect_to_run(working_folder(pipeline)));
    if (served != nullptr) {
      return served;
    }
  }
  if (is_parquet(pipeline)) {
    return open_parquet({.path = location.path,
                         .file_bytes = location.file_bytes,
                         .file_age_seconds = location.file_age_seconds,
                         .publish_at_end = location.publish_at_end,
                         .read_only = read_only});
  }
  return open_duckdb({.path = location.path, .memory_limit = pipeline.settings.memory_limit, .read_only = read_only});
}

}  // namespace lakeflow
