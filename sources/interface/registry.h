#pragma once

#include <functional>
#include <memory>
#include <optional>
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
  // Why its connector_spec.yaml can't be read: nothing can be done with it then.
  std::optional<Error> fault = {};
};

// The connector with what its connector_spec.yaml declares. Where that text can't be read, the entry has the name and the fault.
ConnectorEntry connector_entry(std::string name, std::string_view spec_yaml, const SharedOptions& shared,
                               std::function<Result<std::unique_ptr<LakeflowConnect>>(const Options& connection_options)> make);

// The connectors that a program has. A value that the program builds at its start; there is no global one.
class ConnectorRegistry {
 public:
  void add(ConnectorEntry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<ConnectorEntry>& entries() const { return entries_; }
  // A user error that lists the nearest name where there is none; the connector's fault where it has one.
  Result<const ConnectorEntry*> find(std::string_view name) const;

 private:
  std::vector<ConnectorEntry> entries_;
};

}  // namespace lakeflow
