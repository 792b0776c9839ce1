#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/dicomweb/dicom_table.h"
#include "sources/dicomweb/dicomweb_server.h"

namespace lakeflow {

// An entry of Orthanc's log of changes.
struct OrthancChange {
  std::uint64_t seq = 0;
  std::string type;  // "NewInstance", "StableStudy"
  std::string id;    // of the resource
};

struct OrthancChanges {
  std::vector<OrthancChange> changes;  // in the order of their numbers
  bool done = true;                    // there are no later ones
};

// A resource of Orthanc, and its UID in DICOM.
struct OrthancResource {
  std::string id;
  std::string uid;
};

struct OrthancSystem {
  std::string version;
  std::string name;
};

// Orthanc's own REST API, as far as it tells what changed and what there is. Errors are source errors.
class OrthancApi {
 public:
  explicit OrthancApi(DicomwebServer& server) : server_(server) {}

  Result<OrthancSystem> system(const std::stop_token& stop);
  // At most `limit` changes after this number.
  Result<OrthancChanges> changes(std::uint64_t since, std::int64_t limit, const std::stop_token& stop);
  // The number of the newest change that is still in the log; 0 where it is empty.
  Result<std::uint64_t> last_change(const std::stop_token& stop);
  Result<std::uint64_t> count(DicomLevel level, const std::stop_token& stop);
  // The ids of all resources of the level, sorted: one answer, so as they were at one moment.
  Result<std::vector<std::string>> ids(const DicomTable& table, const std::stop_token& stop);
  // Of these resources, or their parents of the table's level, each that is (still) there, once.
  Result<std::vector<OrthancResource>> resources(const DicomTable& table, std::span<const std::string> ids, const std::stop_token& stop);
  // The ids of all resources of the table's level that bear this UID.
  Result<std::vector<std::string>> with_uid(const DicomTable& table, std::string_view uid, const std::stop_token& stop);

 private:
  Result<std::string> ask(std::string_view path, std::string body, const std::stop_token& stop);
  DicomwebServer& server_;
};

}  // namespace lakeflow
