#include "sources/dicomweb/orthanc_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/redaction.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

std::string_view level_name(DicomLevel level) { return level == DicomLevel::kStudy ? "Study" : level == DicomLevel::kSeries ? "Series" : "Instance"; }

std::string_view uid_name(DicomLevel level) {
  return level == DicomLevel::kStudy ? "StudyInstanceUID" : level == DicomLevel::kSeries ? "SeriesInstanceUID" : "SOPInstanceUID";
}

Error not_orthanc(std::string_view path) {
  return Error::source(fmt::format("{} did not answer as an Orthanc does", path),
                       "is orthanc_url the base of Orthanc's REST API, and not of DICOMweb?");
}

// Parses an answer and hands it to `take`, which returns false, or throws of nlohmann's own, where it is not as Orthanc's.
template <typename Take>
Status take_json(std::string_view path, const std::string& body, const Take& take) {
  const Json json = Json::parse(body, nullptr, false);
  try {
    if (!json.is_discarded() && take(json)) {
      return {};
    }
  } catch (const Json::exception&) {
    // said below
  }
  return std::unexpected(not_orthanc(path));
}

}  // namespace

Result<std::string> OrthancApi::ask(std::string_view path, std::string body, const std::stop_token& stop) {
  HttpRequest request{.method = body.empty() ? "GET" : "POST", .url = server_.options().orthanc_url + std::string(path), .body = std::move(body)};
  if (!request.body.empty()) {
    request.headers.push_back({"Content-Type", "application/json"});
  }
  LAKEFLOW_ASSIGN(HttpResponse response, server_.send(std::move(request), stop));
  if (response.status < 200 || response.status >= 300) {
    Error error = status_error(response);
    return std::unexpected(response.status == 404 ? Error::source(error.message(), "orthanc_url must be the base of an Orthanc of 1.9.4 or later")
                                                  : error);
  }
  return std::move(response.body);
}

Result<OrthancSystem> OrthancApi::system(const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const std::string body, ask("/system", "", stop));
  OrthancSystem system;
  LAKEFLOW_TRY(take_json("/system", body, [&](const Json& json) {
    system.version = json.at("Version").get<std::string>();
    system.name = json.value("Name", "");
    return json.contains("DatabaseVersion");
  }));
  return system;
}

Result<OrthancChanges> OrthancApi::changes(std::uint64_t since, std::int64_t limit, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const std::string body, ask(fmt::format("/changes?since={}&limit={}", since, limit), "", stop));
  OrthancChanges page;
  LAKEFLOW_TRY(take_json("/changes", body, [&](const Json& json) {
    for (const Json& entry : json.at("Changes")) {
      page.changes.push_back(
          {.seq = entry.at("Seq").get<std::uint64_t>(), .type = entry.at("ChangeType").get<std::string>(), .id = entry.at("ID").get<std::string>()});
    }
    page.done = json.at("Done").get<bool>();
    return true;
  }));
  std::ranges::sort(page.changes, {}, &OrthancChange::seq);
  if ((!page.changes.empty() && page.changes.front().seq <= since) || (page.changes.empty() && !page.done)) {
    return std::unexpected(not_orthanc("/changes"));
  }
  return page;
}

Result<std::uint64_t> OrthancApi::last_change(const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const std::string body, ask("/changes?last", "", stop));
  std::uint64_t last = 0;
  LAKEFLOW_TRY(take_json("/changes", body, [&](const Json& json) {
    for (const Json& entry : json.at("Changes")) {
      last = std::max(last, entry.at("Seq").get<std::uint64_t>());
    }
    return true;
  }));
  return last;
}

Result<std::uint64_t> OrthancApi::count(DicomLevel level, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const std::string body, ask("/statistics", "", stop));
  std::uint64_t count = 0;
  LAKEFLOW_TRY(take_json("/statistics", body, [&](const Json& json) {
    const char* const name = level == DicomLevel::kStudy ? "CountStudies" : level == DicomLevel::kSeries ? "CountSeries" : "CountInstances";
    count = json.at(name).get<std::uint64_t>();
    return true;
  }));
  return count;
}

Result<std::vector<std::string>> OrthancApi::ids(const DicomTable& table, const std::stop_token& stop) {
  const std::string path = "/" + table.name;
  LAKEFLOW_ASSIGN(const std::string body, ask(path, "", stop));
  std::vector<std::string> ids;
  LAKEFLOW_TRY(take_json(path, body, [&](const Json& json) {
    ids = json.get<std::vector<std::string>>();
    return true;
  }));
  std::ranges::sort(ids);
  return ids;
}

Result<std::vector<OrthancResource>> OrthancApi::resources(const DicomTable& table, std::span<const std::string> ids, const std::stop_token& stop) {
  std::vector<OrthancResource> resources;
  if (ids.empty()) {
    return resources;
  }
  const Json question = {{"Resources", ids}, {"Level", level_name(table.level)}, {"Metadata", false}};
  LAKEFLOW_ASSIGN(const std::string body, ask("/tools/bulk-content", question.dump(), stop));
  LAKEFLOW_TRY(take_json("/tools/bulk-content", body, [&](const Json& json) {
    for (const Json& entry : json) {
      // Without a UID nobody could ask for it by DICOMweb; Orthanc takes no such file.
      resources.push_back(
          {.id = entry.at("ID").get<std::string>(), .uid = entry.at("MainDicomTags").at(std::string(uid_name(table.level))).get<std::string>()});
    }
    return json.is_array();
  }));
  std::ranges::sort(resources, {}, &OrthancResource::id);
  const auto repeated = std::ranges::unique(resources, {}, &OrthancResource::id);
  resources.erase(repeated.begin(), repeated.end());
  return resources;
}

Result<std::vector<std::string>> OrthancApi::with_uid(const DicomTable& table, std::string_view uid, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const std::string body, ask("/tools/lookup", std::string(uid), stop));
  std::vector<std::string> ids;
  LAKEFLOW_TRY(take_json("/tools/lookup", body, [&](const Json& json) {
    for (const Json& entry : json) {
      if (entry.at("Type") == level_name(table.level)) {
        ids.push_back(entry.at("ID").get<std::string>());
      }
    }
    return json.is_array();
  }));
  return ids;
}

}  // namespace lakeflow
