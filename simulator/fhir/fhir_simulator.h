#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "simulator/faults/fault.h"
#include "simulator/http/request_log.h"

namespace lakeflow {

struct FhirSimulatorOptions {
  // Resources to begin with; empty: none. Every *.json (one resource) and *.ndjson (one a line) in it and below is read, in
  // the order of their paths. A Bundle with an id is a resource like any other; one without an id is a parcel, and the
  // resources of its entries are loaded. What is no resource is left out and counted.
  // `meta.lastUpdated` and `meta.versionId` are kept where the file has them. Otherwise a file is one request (an .ndjson: each
  // hundred lines), whose resources share one lastUpdated, just before the start.
  std::filesystem::path folder = {};
  int port = 0;  // on 127.0.0.1; 0: a free one
  // Where set, every request but /metadata needs `Authorization: Bearer <this>`; 401 without.
  std::optional<std::string> bearer_token = std::nullopt;
  // The issuer URL of an authorization server on this machine. Where set, every request but /metadata and the SMART configuration, which names its
  // token endpoint, needs a token of it that is active (it is asked at each request, RFC 7662); 401 without. A type that the token's scope does
  // not let be read (system/Type.rs, system/*.read) is answered 403.
  std::string authorization_server = {};
  std::string introspection_client = {};  // "id:secret", with which it is asked
  // As parse_fault reads them; fhir_fault_kinds() lists what there is.
  std::vector<std::string> faults = {};
  std::uint64_t seed = 1;
  std::size_t default_page_size = 50;
  std::size_t maximum_page_size = 1000;
  Logger* log = &silent_logger();  // outlives the simulator; each request at kDebug, without its query
};

// What loading the folder found.
struct FhirSimulatorLoad {
  std::uint64_t resources = 0;  // loaded; the same id again is a new version of it, and counts again
  std::uint64_t skipped = 0;    // files, lines or entries that are no FHIR resource with an id
};

// A FHIR R4 server over HTTP on loopback, for demos and tests: real searches, paging, history, versions, deletes and
// transactions over resources in memory, and faults on demand. Changes are never written back to the folder.
//
//   GET /metadata                               POST /Type                       GET /Type/id/_history[/version]
//   GET /Type?…, POST /Type/_search             PUT /Type/id (also creates)      GET /Type/_history, /_history (_since, _count)
//   GET /Type/id                                DELETE /Type/id                  POST / (transaction, batch)
//
// Searches know _id, _lastUpdated (eq gt ge lt le sa eb; repeatable, all of them must hold), _sort (_lastUpdated, -_lastUpdated, _id, -_id), _count,
// _total, _elements and _summary=count; elements that are coded, booleans, identifiers or references; and the search parameters by which FHIR's
// Patient compartment has a type (patient, subject, actor …). Others are ignored and left out of the self link, or refused with 400 under `Prefer:
// handling=strict` (FHIR R4 §3.1.1.3). Without _sort the order is by id, which has nothing to do with time. A search's result is kept when it is
// first asked for, so that its pages do not shift under changes; the `next` links are opaque and expire (410) when there are many
// newer searches.
//
// Resources are kept as the text that came: only id and meta's versionId and lastUpdated are written into it. lastUpdated has
// milliseconds and grows from request to request; all entries of one transaction or batch share one.
//
// Thread-safe. Starting one makes the process ignore SIGPIPE (cpp-httplib does).
class FhirSimulator {
  class Implementation;
  struct Started {};  // only start() has one

 public:
  // A user error where the folder can't be read, a fault is none, or the port is taken.
  static Result<std::unique_ptr<FhirSimulator>> start(FhirSimulatorOptions options);
  FhirSimulator(Started, std::unique_ptr<Implementation> implementation);
  ~FhirSimulator();  // stops

  std::string base_url() const;  // "http://127.0.0.1:41234/fhir"
  int port() const;
  FhirSimulatorLoad load() const;
  std::uint64_t resource_count() const;  // current resources, without the deleted

  // Adds a fault while running, or ends all of them.
  Status inject(std::string_view fault);
  void clear_faults();

  // The requests so far, but for the oldest where there were more than 10,000.
  std::vector<AnsweredRequest> requests() const;
  void forget_requests();

  // Answers nothing any more, ends what hangs, and waits for the threads: up to about a second. May be called again.
  void stop();

 private:
  std::unique_ptr<Implementation> implementation_;
};

// Every fault that the FHIR simulator can show, for help texts.
std::span<const FaultKind> fhir_fault_kinds();

}  // namespace lakeflow
