#include "sources/dicomweb/orthanc_records.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/sha.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMostUids = 50;  // of a request: they are of up to 64 characters, and servers take lines of 8 KB
constexpr int kReadings = 3;

std::string_view without_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// The resource that the record is of, among those that were asked for.
class Owners {
 public:
  Owners(DicomwebServer& server, const DicomTable& table) : api_(server), table_(table) {}

  void add(const OrthancResource& resource) { by_uid_[resource.uid].push_back(resource.id); }

  // Nothing where it is of none of them; an empty text where that can't be told.
  Result<std::optional<std::string>> owner_of(const QidoRecord& record, const std::stop_token& stop) {
    const std::string& uid = record.uid(table_.uid_tag);
    const auto asked = by_uid_.find(uid);
    if (asked == by_uid_.end()) {
      return std::nullopt;
    }
    const std::string by_content = orthanc_id(table_.level, record);
    if (std::ranges::find(asked->second, by_content) != asked->second.end()) {
      return by_content;
    }
    // Of another resource with this UID, or its patient ID came in a character set that does not hold it.
    LAKEFLOW_ASSIGN(const std::vector<std::string> all, api_.with_uid(table_, uid, stop));
    if (std::ranges::find(all, by_content) != all.end() || all.empty()) {
      return std::nullopt;
    }
    return all.size() == 1 && std::ranges::find(asked->second, all.front()) != asked->second.end() ? all.front() : std::string();
  }

 private:
  OrthancApi api_;
  const DicomTable& table_;
  std::map<std::string, std::vector<std::string>> by_uid_;
};

}  // namespace

std::string orthanc_id(DicomLevel level, const QidoRecord& record) {
  std::string text = fmt::format("{}|{}", without_spaces(record.patient_id), record.study_uid);
  if (level != DicomLevel::kStudy) {
    text += "|" + record.series_uid;
  }
  if (level == DicomLevel::kInstance) {
    text += "|" + record.instance_uid;
  }
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string id;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    id += fmt::format("{}{:02x}", i > 0 && i % 4 == 0 ? "-" : "", digest[i]);
  }
  return id;
}

Result<OrthancRecords> fetch_orthanc_records(DicomwebServer& server, const DicomTable& table, std::span<const std::string> ids,
                                             const std::stop_token& stop) {
  OrthancApi api(server);
  OrthancRecords found;
  LAKEFLOW_ASSIGN(std::vector<OrthancResource> missing, api.resources(table, ids, stop));
  for (int reading = 1; !missing.empty(); ++reading) {
    Owners owners(server, table);
    std::vector<std::string> uids;
    for (const OrthancResource& resource : missing) {
      owners.add(resource);
      uids.push_back(resource.uid);
    }
    std::ranges::sort(uids);
    const auto repeated = std::ranges::unique(uids);
    uids.erase(repeated.begin(), repeated.end());
    // What did not come among many may come alone: servers limit their answers.
    const std::size_t at_once = reading == 1 ? kMostUids : 1;
    std::map<std::string, bool> came;
    std::set<std::string> ambiguous;
    for (std::size_t first = 0; first < uids.size(); first += at_once) {
      const std::size_t count = std::min(at_once, uids.size() - first);
      const std::string query = fmt::format("{}={}", table.uid_tag, fmt::join(std::span(uids).subspan(first, count), "%2C"));
      LAKEFLOW_ASSIGN(const QidoAnswer answer, server.search(table, query, stop));
      found.wire_bytes += answer.wire_bytes;
      found.texts.push_back(answer.text);
      for (const QidoRecord& record : answer.records) {
        LAKEFLOW_ASSIGN(const std::optional<std::string> owner, owners.owner_of(record, stop));
        if (!owner) {
          continue;
        }
        if (owner->empty()) {
          found.ambiguous.push_back({"", record.bytes});
          ambiguous.insert(record.uid(table.uid_tag));
        } else if (!std::exchange(came[*owner], true)) {
          found.records.push_back({*owner, record.bytes});
        }
      }
    }
    std::erase_if(missing, [&](const OrthancResource& resource) { return came.contains(resource.id) || ambiguous.contains(resource.uid); });
    std::vector<std::string> again;
    std::ranges::transform(missing, std::back_inserter(again), &OrthancResource::id);
    LAKEFLOW_ASSIGN(missing, api.resources(table, again, stop));
    if (!missing.empty() && reading == kReadings) {
      return std::unexpected(
          Error::source(fmt::format("{}: DICOMweb does not show {} of the resources that Orthanc has", table.name, missing.size()),
                        "nothing of this page was kept: are base_url and orthanc_url the same server, and is the user allowed to see all?"));
    }
  }
  return found;
}

}  // namespace lakeflow
