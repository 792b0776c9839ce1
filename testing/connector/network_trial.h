#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/relay/http_relay.h"
#include "testing/connector/finding.h"
#include "testing/connector/table_reading.h"

namespace lakeflow {

class TableTrial;

// The source behind a relay of the suite's own, which breaks what a network breaks. One for a connection; it is there when the first check asks.
class RelayedSource {
 public:
  explicit RelayedSource(const SuiteRequest& request) : request_(request) {}

  // Why there is none; nothing where there is.
  std::optional<Finding> obstacle();
  // Of one that is there: the connection's options that lead to it, and itself.
  Options options() const;
  HttpRelay& relay() { return *relay_; }

 private:
  std::optional<Finding> start();

  const SuiteRequest& request_;
  std::string option_;  // that is replaced
  bool has_begun_ = false;
  std::optional<Finding> obstacle_;
  std::unique_ptr<HttpRelay> relay_;
};

// A table that is read through the relay: undisturbed once for all checks, and with faults in the middle.
class NetworkTrial {
 public:
  NetworkTrial(TableTrial& trial, RelayedSource& source) : trial_(trial), source_(source) {}

  // Why the table can't be tried so; nothing where it can, and then requests() are those of an undisturbed reading.
  std::optional<Finding> obstacle();
  std::size_t requests() const { return requests_; }
  HttpRelay& relay() { return source_.relay(); }

  // A reading with faults ("status=500:#3", counted over its requests); they are ended after so many seconds, where that is not 0.
  TableReading read_with(const std::vector<std::string>& faults, double end_after = 0);

  // Reads with the fault at the first, the second, the middle and the last request, one at a time: each gives the rows of the undisturbed reading, or
  // it ends with an error of the source behind which the others can be read. `after` looks at what came to the relay, after each reading; what it
  // says is the finding.
  Finding survives(std::string_view what, std::string_view fault, const std::function<std::optional<Finding>()>& after = {});

  // What is wrong with rows that were read under a fault; nothing where all are there.
  std::optional<Finding> wrong_with(const TableReading& reading, const std::string& how);

 private:
  std::optional<Finding> begin();
  std::vector<std::size_t> moments() const;
  // Through the relay, without faults; what it recorded is kept.
  TableReading read_calmly();

  TableTrial& trial_;
  RelayedSource& source_;
  bool has_begun_ = false;
  std::optional<Finding> obstacle_;
  std::optional<TableReading> calm_;
  std::size_t requests_ = 0;
};

}  // namespace lakeflow
