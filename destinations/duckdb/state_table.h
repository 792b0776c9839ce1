#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "destinations/duckdb/batch_scan.h"
#include "destinations/interface/destination.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// _lakeflow.state, as committed.
Result<std::optional<std::string>> find_state(Connection& connection, const StateOwner& owner, std::string_view name);
Status scan_state(Connection& connection, const StateOwner& owner, std::string_view prefix,
                  const std::function<Status(std::string_view, std::string_view)>& visit);

// Makes one owner's entries another's. Within the open transaction.
Status give_state(Connection& connection, const StateOwner& from, const StateOwner& to);

// The changes of one transaction, gathered in memory and written by one MERGE: a chunk that reads thousands of small files
// changes thousands of entries.
class StateChanges {
 public:
  void put(const StateOwner& owner, std::string_view name, std::optional<std::string_view> value);
  // Forgets every entry of the owner, those that this transaction put included.
  Status forget(Connection& connection, const StateOwner& owner);
  Status write(Connection& connection, BatchScanner& scanner);

 private:
  std::map<std::pair<StateOwner, std::string>, std::optional<std::string>> entries_;
};

}  // namespace lakeflow
