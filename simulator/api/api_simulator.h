#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/logging.h"
#include "simulator/api/api_coverage.h"
#include "simulator/api/api_description.h"
#include "simulator/faults/fault.h"
#include "simulator/http/request_log.h"

namespace lakeflow {

struct ApiSimulatorOptions {
  std::filesystem::path description;  // docs/simulator.md says how a source is described
  int port = 0;                       // on 127.0.0.1; 0: a free one
  // As parse_fault reads them, after those of the description; api_fault_kinds() lists what there is. A subject is an endpoint ("orders"), its page
  // or its single records ("orders#3", "orders#record"), its deletes feed ("orders.deletes"), or "token".
  std::vector<std::string> faults = {};
  std::uint64_t seed = 1;          // decides what a percentage hits, and what generated records hold
  Logger* log = &silent_logger();  // outlives the simulator; each request at kDebug, without its query, and why it was refused
};

// A source system over HTTP on loopback that answers as a YAML file describes it, and misbehaves on demand. For demos and tests of connectors.
// Changes stay in memory. Thread-safe. Starting one makes the process ignore SIGPIPE (cpp-httplib does).
class ApiSimulator {
  class Implementation;
  struct Started {};  // only start() has one

 public:
  // A user error where the description or a file of records can't be read, a fault is none, or the port is taken.
  static Result<std::unique_ptr<ApiSimulator>> start(ApiSimulatorOptions options);
  ApiSimulator(Started, std::unique_ptr<Implementation> implementation);
  ~ApiSimulator();  // stops

  std::string base_url() const;  // "http://127.0.0.1:41234/api", with the description's base path
  int port() const;
  std::string certificate() const;  // in PEM, for clients that shall trust it; empty without https

  // Adds a fault while running, or ends all of them.
  Status inject(std::string_view fault);
  void clear_faults();

  // The requests so far, but for the oldest where there were more than 10,000.
  std::vector<AnsweredRequest> requests() const;
  void forget_requests();
  // What was asked for so far of what the description offers, and what never was.
  ApiCoverage coverage() const;

  // Writes a record, a JSON object, as the source's own users do: new, or in place of the one with its key. Where it lacks the field of its time of
  // change, the source's clock fills it in. A user error where the endpoint is not described or the record has no key.
  Status put(std::string_view endpoint, std::string record);
  // Deletes one; the deletes feed tells of it, where the endpoint has one. A user error where there is none.
  Status remove(std::string_view endpoint, std::string_view key);
  std::uint64_t record_count(std::string_view endpoint) const;  // that are seen now

  // Writes a record of a test's own, as the source's own users do: like one of those that are there, under a key that belongs to the name, with a
  // content that differs by the revision. It is stamped so far back, as one whose transaction took that long: 0 is now. Gives its key, as a path has
  // it. A user error where the endpoint is not described or has no record to be like.
  Result<std::string> put_like(std::string_view endpoint, std::string_view name, int revision, TimestampMicros late = 0);
  // What the description says of an endpoint. A user error where there is none.
  Result<ApiEndpoint> endpoint(std::string_view name) const;

  // Answers nothing any more, ends what hangs, and waits for the threads. May be called again.
  void stop();

 private:
  std::unique_ptr<Implementation> implementation_;
};

// Every fault that a described source can show, for help texts.
std::span<const FaultKind> api_fault_kinds();

}  // namespace lakeflow
