#include "simulator/comparison/live_comparison.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libs/http/url.h"
#include "simulator/api/json_place.h"
#include "simulator/comparison/compared_list.h"
#include "simulator/comparison/compared_source.h"
#include "simulator/comparison/listing_comparison.h"

namespace lakeflow {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) {
    path += "/" + part;
  }
  return path;
}

class Comparison {
 public:
  Comparison(const ApiDescription& description, ComparedSource& described, ComparedSource& live)
      : description_(description), described_(described), live_(live) {}

  Result<std::vector<ComparedRequest>> run() {
    for (const ApiEndpoint& endpoint : description_.endpoints) {
      LAKEFLOW_TRY(compare(endpoint, endpoint.name, endpoint.listing, endpoint.modified, endpoint.record_path));
      if (endpoint.deletes) {
        LAKEFLOW_TRY(compare(endpoint, endpoint.name + ".deletes", endpoint.deletes->listing, endpoint.deletes->time_field, {}));
      }
      if (&endpoint == &description_.endpoints.front()) {
        LAKEFLOW_TRY(compare_door(endpoint));
      }
    }
    return std::move(results_);
  }

 private:
  Status compare(const ApiEndpoint& endpoint, const std::string& name, const Listing& listing, const std::string& modified,
                 const std::vector<std::string>& record_path) {
    if (listing.by_post) {
      results_.push_back({.endpoint = name, .what = "first page", .not_compared = "it is asked for by POST, and only GET is sent"});
      return {};
    }
    auto path = path_of(described_, endpoint, listing);
    auto live_path = path_of(live_, endpoint, listing);
    if (!path || !live_path) {
      results_.push_back({.endpoint = name, .what = "first page", .not_compared = "no record is there whose key its path could hold"});
      return {};
    }
    LAKEFLOW_ASSIGN(std::vector<ComparedRequest> compared,
                    compare_listing({.endpoint = name,
                                     .listing = listing,
                                     .shape = {.key = endpoint.key, .modified = modified, .format = endpoint.modified_format},
                                     .record_path = record_path,
                                     .path = *std::move(path),
                                     .live_path = *std::move(live_path)},
                                    described_, live_));
    std::ranges::move(compared, std::back_inserter(results_));
    return {};
  }

  // A wrong token, which the description has to refuse if it asks for one.
  Status compare_door(const ApiEndpoint& endpoint) {
    const auto path = path_of(live_, endpoint, endpoint.listing);
    if (!path) {
      return {};
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer answer, live_.get(*path, true));
    ComparedRequest request{.endpoint = endpoint.name, .what = "a wrong token"};
    const bool asks = description_.access.by != ApiAccess::By::kNobodyIsAsked;
    const bool refuses = answer.status == 401 || answer.status == 403;
    if (refuses != asks) {
      request.differences.push_back(fmt::format("{}, live {}", asks ? "answers 401" : "lets everybody in", answer.status));
    }
    results_.push_back(std::move(request));
    return {};
  }

  // The path of the list in that source: parts that are fields are filled in by the source's own records.
  std::optional<std::string> path_of(ComparedSource& source, const ApiEndpoint& endpoint, const Listing& listing) const {
    std::string path;
    for (const std::string& part : listing.path) {
      if (!part.starts_with('{')) {
        path += "/" + part;
        continue;
      }
      const auto parent = std::ranges::find(description_.endpoints, endpoint.parent, &ApiEndpoint::name);
      const auto list = parent == description_.endpoints.end() ? std::unexpected(Error::user("no parent"))
                                                               : read_list(source, parent->listing, joined(parent->listing.path), "", 1);
      const nlohmann::ordered_json records = list ? list->records() : nlohmann::ordered_json::array();
      if (records.empty()) {
        return std::nullopt;
      }
      path += "/" + percent_encode(text_at(records.front(), parent->key));
    }
    return path;
  }

  const ApiDescription& description_;
  ComparedSource& described_;
  ComparedSource& live_;
  std::vector<ComparedRequest> results_;
};

}  // namespace

Result<std::vector<ComparedRequest>> compare_with_live(const LiveComparisonOptions& options, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const ApiDescription description, read_api_description(options.description));
  LAKEFLOW_ASSIGN(const Origin origin, origin_of(options.live));
  HttpClientOptions http = options.http;
  std::erase(http.allowed_origins, origin);
  http.allowed_origins.insert(http.allowed_origins.begin(), origin);
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> client, HttpClient::make(http));
  http.credentials = nullptr;
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> stranger, HttpClient::make(std::move(http)));
  std::string base = options.live;
  while (base.ends_with('/')) {
    base.pop_back();
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<DescribedAnswers> described, DescribedAnswers::make(description));
  LiveAnswers live(std::move(base), options.headers, std::move(client), std::move(stranger), stop);
  return Comparison(description, *described, live).run();
}

}  // namespace lakeflow
