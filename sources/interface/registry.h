#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/interface/connector_spec.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// A connector as the registry knows it. `make` gets options that were checked against the spec.
struct ConnectorEntry {
  ConnectorSpec spec;
  std::function<Result<std::unique_ptr<LakeflowConnect>>(const Options& connection_options)> make;
};

// The connectors that a program has. A value that the program builds at its start; there is no global one.
class ConnectorRegistry {
 public:
  void add(ConnectorEntry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<ConnectorEntry>& entries() const { return entries_; }
  // A user error that lists the nearest name where there is none.
  Result<const ConnectorEntry*> find(std::string_view name) const;

 private:
  std::vector<ConnectorEntry> entries_;
};

}  // namespace lakeflow
