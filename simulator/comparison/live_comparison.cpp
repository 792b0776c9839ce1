#include "simulator/comparison/live_comparison.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/http/url.h"
#include "simulator/api/json_place.h"
#include "simulator/comparison/compared_source.h"
#include "simulator/comparison/json_members.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr TimestampMicros kMonth = TimestampMicros{30} * 24 * 3600 * 1'000'000;

// A listing that is compared, and the path that it has in each source: parts that are fields are filled in by their own records.
struct ComparedListing {
  std::string endpoint;
  const ApiEndpoint& described;
  const Listing& listing;
};

std::optional<Json> records_of(const Listing& listing, const std::string& body) {
  if (listing.answer.ndjson) {
    Json list = Json::array();
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      if (end > at) {
        list.push_back(Json::parse(body.substr(at, end - at), nullptr, false));
      }
      at = end + 1;
    }
    return list;
  }
  const Json document = Json::parse(body, nullptr, false);
  const Json* const list = document.is_discarded() ? nullptr : find_at(document, listing.answer.records);
  return list != nullptr && list->is_array() ? std::optional(*list) : std::nullopt;
}

JsonMembers members_of(const Json& records) {
  JsonMembers members;
  for (const Json& record : records) {
    add_members(record, members);
  }
  return members;
}

// What the next page is asked for by; nothing where the answer has none.
std::optional<std::string> next_target(const Listing& listing, const std::string& path, const ComparedAnswer& answer) {
  const PagingRole& paging = listing.paging;
  const auto with = [&](const std::string& value) { return fmt::format("{}?{}={}", path, percent_encode(paging.parameter), percent_encode(value)); };
  switch (paging.by) {
    case PagingRole::By::kNothing: return std::nullopt;
    case PagingRole::By::kPage: return with(std::to_string(paging.first_page + 1));
    case PagingRole::By::kOffset: return with(std::to_string(paging.default_size));
    case PagingRole::By::kLinkHeader: {
      const auto begin = answer.link.find('<');
      const auto end = answer.link.find('>', begin);
      const bool is_next = answer.link.contains("rel=\"next\"") || answer.link.contains("rel=next");
      return is_next && end != std::string::npos ? std::optional(answer.link.substr(begin + 1, end - begin - 1)) : std::nullopt;
    }
    case PagingRole::By::kCursor:
    case PagingRole::By::kNextUrl: {
      const Json document = Json::parse(answer.body, nullptr, false);
      const std::string next = document.is_discarded() ? "" : text_at(document, paging.next);
      if (next.empty()) {
        return std::nullopt;
      }
      return paging.by == PagingRole::By::kCursor ? with(next) : next;
    }
  }
  return std::nullopt;
}

class Comparison {
 public:
  Comparison(const std::vector<ApiEndpoint>& endpoints, ComparedSource& described, ComparedSource& live)
      : endpoints_(endpoints), described_(described), live_(live) {}

  Status compare(const ComparedListing& compared) {
    const auto path = path_of(described_, compared);
    const auto live_path = path_of(live_, compared);
    if (!path || !live_path) {
      skip(compared, "first page", "no record is there whose key its path could hold");
      return {};
    }
    const Listing& listing = compared.listing;
    LAKEFLOW_ASSIGN(const Pair first, ask(*path, *live_path));
    ComparedRequest& seen = add(compared, "first page", first);
    if (first.live.status != first.described.status) {
      return {};  // nothing that follows would say more
    }
    compare_envelope(listing, first, seen);
    LAKEFLOW_TRY(compare_next(compared, *path, *live_path, first));
    for (const FilterRole& filter : listing.filters) {
      const std::string query = fmt::format("?{}={}", percent_encode(filter.parameter), percent_encode(value_for(filter, listing, first.live)));
      LAKEFLOW_TRY(compare_query(compared, "filter " + filter.parameter, *path, *live_path, query));
    }
    if (!listing.sort.parameter.empty()) {
      const std::string query = fmt::format("?{}={}", percent_encode(listing.sort.parameter), percent_encode(listing.sort.fields.front()));
      LAKEFLOW_TRY(compare_query(compared, "sort by " + listing.sort.fields.front(), *path, *live_path, query));
    }
    if (!listing.paging.size_parameter.empty()) {
      LAKEFLOW_TRY(compare_size(compared, *path, *live_path));
    }
    LAKEFLOW_TRY(compare_query(compared, "an unknown parameter", *path, *live_path, "?lakeflow_unknown_parameter=1"));
    return {};
  }

  // A wrong token, which the description has to refuse if it asks for one.
  Status compare_door(const ComparedListing& compared, bool asks) {
    const auto path = path_of(live_, compared);
    if (!path) {
      return {};
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer answer, live_.get(*path, true));
    ComparedRequest request{.endpoint = compared.endpoint, .what = "a wrong token", .differences = {}};
    const bool refuses = answer.status == 401 || answer.status == 403;
    if (refuses != asks) {
      request.differences.push_back(fmt::format("{}, live {}", asks ? "answers 401" : "lets everybody in", answer.status));
    }
    results_.push_back(std::move(request));
    return {};
  }

  Status compare_record(const ComparedListing& compared) {
    const auto target = record_target(described_, compared);
    const auto live_target = record_target(live_, compared);
    if (!target || !live_target) {
      skip(compared, "single record", "no record is there");
      return {};
    }
    LAKEFLOW_ASSIGN(const Pair pair, ask(*target, *live_target));
    ComparedRequest& seen = add(compared, "single record", pair);
    if (pair.live.status == pair.described.status) {
      JsonMembers ours;
      JsonMembers theirs;
      add_members(Json::parse(pair.described.body, nullptr, false), ours);
      add_members(Json::parse(pair.live.body, nullptr, false), theirs);
      append(seen, compare_members(ours, theirs));
    }
    return {};
  }

  std::vector<ComparedRequest> take_results() { return std::move(results_); }

 private:
  struct Pair {
    ComparedAnswer described;
    ComparedAnswer live;
  };

  Result<Pair> ask(const std::string& target, const std::string& live_target) {
    LAKEFLOW_ASSIGN(ComparedAnswer ours, described_.get(target, false));
    LAKEFLOW_ASSIGN(ComparedAnswer theirs, live_.get(live_target, false));
    return Pair{.described = std::move(ours), .live = std::move(theirs)};
  }

  ComparedRequest& add(const ComparedListing& compared, std::string what, const Pair& pair) {
    results_.push_back({.endpoint = compared.endpoint, .what = std::move(what), .differences = {}});
    if (pair.described.status != pair.live.status) {
      results_.back().differences.push_back(fmt::format("status {}, live {}", pair.described.status, pair.live.status));
    }
    return results_.back();
  }

  void skip(const ComparedListing& compared, std::string what, std::string why) {
    results_.push_back({.endpoint = compared.endpoint, .what = std::move(what), .differences = {}, .skipped = std::move(why)});
  }

  static void append(ComparedRequest& request, std::vector<std::string> differences) {
    request.differences.insert(request.differences.end(), differences.begin(), differences.end());
  }

  static void compare_envelope(const Listing& listing, const Pair& pair, ComparedRequest& seen) {
    const auto ours = records_of(listing, pair.described.body);
    const auto theirs = records_of(listing, pair.live.body);
    if (!theirs) {
      seen.differences.push_back(listing.answer.records.empty() ? std::string("the live body is no list")
                                                                : fmt::format("the live body has no list at {}", listing.answer.records));
      return;
    }
    if (ours && !ours->empty() && !theirs->empty()) {
      append(seen, compare_members(members_of(*ours), members_of(*theirs)));
    }
    const Json document = Json::parse(pair.live.body, nullptr, false);
    // The last page need not say a next one.
    const bool is_full = theirs->size() >= listing.paging.default_size;
    for (const std::string& place : {listing.answer.total, listing.answer.has_more, is_full ? listing.paging.next : std::string()}) {
      if (!place.empty() && !document.is_discarded() && find_at(document, place) == nullptr) {
        seen.differences.push_back(fmt::format("the live body has nothing at {}", place));
      }
    }
  }

  Status compare_next(const ComparedListing& compared, const std::string& path, const std::string& live_path, const Pair& first) {
    const auto next = next_target(compared.listing, path, first.described);
    const auto live_next = next_target(compared.listing, live_path, first.live);
    if (!next && !live_next) {
      return {};
    }
    if (!next || !live_next) {
      skip(compared, "page 2", fmt::format("the {} first page says no next one: that may lie in how much it holds", next ? "live" : "described"));
      return {};
    }
    LAKEFLOW_ASSIGN(const Pair second, ask(*next, *live_next));
    add(compared, "page 2", second);
    return {};
  }

  Status compare_query(const ComparedListing& compared, std::string what, const std::string& path, const std::string& live_path,
                       const std::string& query) {
    LAKEFLOW_ASSIGN(const Pair pair, ask(path + query, live_path + query));
    add(compared, std::move(what), pair);
    return {};
  }

  Status compare_size(const ComparedListing& compared, const std::string& path, const std::string& live_path) {
    const std::string query = fmt::format("?{}=1", percent_encode(compared.listing.paging.size_parameter));
    LAKEFLOW_ASSIGN(const Pair pair, ask(path + query, live_path + query));
    ComparedRequest& seen = add(compared, "size of pages " + compared.listing.paging.size_parameter, pair);
    const auto records = records_of(compared.listing, pair.live.body);
    if (pair.live.status == 200 && records && records->size() > 1) {
      seen.differences.push_back("the live source does not keep to it");
    }
    return {};
  }

  // A value that the filter may have; of a text one that the live source holds.
  static std::string value_for(const FilterRole& filter, const Listing& listing, const ComparedAnswer& first) {
    if (filter.as == FilterValueKind::kTime) {
      const Json time = write_time(filter.format, now_micros() - kMonth);
      return time.is_string() ? time.get<std::string>() : time.dump();
    }
    const auto records = records_of(listing, first.body);
    const std::string held = records && !records->empty() ? text_at(records->front(), filter.field) : "";
    return held.empty() || held.size() > 100 ? "1" : held;
  }

  // The first record of the endpoint's own list.
  static std::optional<Json> first_record(ComparedSource& source, const Listing& listing, const std::string& path) {
    const auto answer = source.get(path, false);
    const auto records = answer ? records_of(listing, answer->body) : std::nullopt;
    return records && !records->empty() ? std::optional(records->front()) : std::nullopt;
  }

  std::optional<std::string> path_of(ComparedSource& source, const ComparedListing& compared) const {
    std::string path;
    for (const std::string& part : compared.listing.path) {
      if (!part.starts_with('{')) {
        path += "/" + part;
        continue;
      }
      const auto parent = std::ranges::find(endpoints_, compared.described.parent, &ApiEndpoint::name);
      const auto record = parent == endpoints_.end() ? std::nullopt : first_record(source, parent->listing, joined(parent->listing.path));
      if (!record) {
        return std::nullopt;
      }
      path += "/" + percent_encode(text_at(*record, parent->key));
    }
    return path;
  }

  static std::optional<std::string> record_target(ComparedSource& source, const ComparedListing& compared) {
    const auto record = first_record(source, compared.listing, joined(compared.listing.path));
    if (!record) {
      return std::nullopt;
    }
    std::string path;
    for (const std::string& part : compared.described.record_path) {
      path += "/" + (part.starts_with('{') ? percent_encode(text_at(*record, part.substr(1, part.size() - 2))) : part);
    }
    return path;
  }

  static std::string joined(const std::vector<std::string>& parts) {
    std::string path;
    for (const std::string& part : parts) {
      path += "/" + part;
    }
    return path;
  }

  const std::vector<ApiEndpoint>& endpoints_;
  ComparedSource& described_;
  ComparedSource& live_;
  std::vector<ComparedRequest> results_;
};

}  // namespace

Result<std::vector<ComparedRequest>> compare_with_live(const LiveComparisonOptions& options, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const ApiDescription description, read_api_description(options.description));
  LAKEFLOW_ASSIGN(Origin origin, origin_of(options.live));
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> client, HttpClient::make({.allowed_origins = {std::move(origin)},
                                                                        .credentials = nullptr,
                                                                        .allow_http = options.allow_http,
                                                                        .ca_file = options.ca_file,
                                                                        .client_certificate = {},
                                                                        .proxy = {},
                                                                        .limits = nullptr,
                                                                        .retry = {},
                                                                        .log = options.log}));
  std::string base = options.live;
  while (base.ends_with('/')) {
    base.pop_back();
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<DescribedAnswers> described, DescribedAnswers::make(description));
  LiveAnswers live(std::move(base), options.headers, std::move(client), stop);
  Comparison comparison(description.endpoints, *described, live);
  bool first = true;
  for (const ApiEndpoint& endpoint : description.endpoints) {
    const ComparedListing listing{.endpoint = endpoint.name, .described = endpoint, .listing = endpoint.listing};
    LAKEFLOW_TRY(comparison.compare(listing));
    if (!endpoint.record_path.empty()) {
      LAKEFLOW_TRY(comparison.compare_record(listing));
    }
    if (endpoint.deletes) {
      LAKEFLOW_TRY(comparison.compare({.endpoint = endpoint.name + ".deletes", .described = endpoint, .listing = endpoint.deletes->listing}));
    }
    if (std::exchange(first, false)) {
      LAKEFLOW_TRY(comparison.compare_door(listing, description.access.by != ApiAccess::By::kNobodyIsAsked));
    }
  }
  return comparison.take_results();
}

}  // namespace lakeflow
