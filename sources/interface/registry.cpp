#include "sources/interface/registry.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lakeflow {

ConnectorEntry connector_entry(std::string name, std::string_view spec_yaml, const SharedOptions& shared,
                               std::function<Result<std::unique_ptr<LakeflowConnect>>(const Options& connection_options)> make) {
  Result<ConnectorSpec> spec = ConnectorSpec::parse(spec_yaml, shared);
  if (spec && spec->name != name) {
    spec =
        std::unexpected(Error::user(fmt::format("connector_spec.yaml: the name is {}, and CMakeLists.txt calls the connector {}", spec->name, name)));
  }
  if (!spec) {
    ConnectorSpec unreadable;
    unreadable.name = std::move(name);
    return {std::move(unreadable), std::move(make), std::move(spec).error()};
  }
  return {*std::move(spec), std::move(make)};
}

Result<const ConnectorEntry*> ConnectorRegistry::find(std::string_view name) const {
  std::vector<std::string> names;
  for (const ConnectorEntry& entry : entries_) {
    if (entry.spec.name == name) {
      if (entry.fault) {
        return std::unexpected(*entry.fault);
      }
      return &entry;
    }
    names.push_back(entry.spec.name);
  }
  const std::optional<std::string> nearest = nearest_name(name, names);
  return std::unexpected(Error::user(fmt::format("unknown connector {}", name), nearest
                                                                                    ? fmt::format("did you mean {}?", *nearest)
                                                                                    : fmt::format("known connectors: {}", fmt::join(names, ", "))));
}

}  // namespace lakeflow
