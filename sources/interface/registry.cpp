#include "sources/interface/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lakeflow {

Result<const ConnectorEntry*> ConnectorRegistry::find(std::string_view name) const {
  std::vector<std::string> names;
  for (const ConnectorEntry& entry : entries_) {
    if (entry.spec.name == name) {
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
