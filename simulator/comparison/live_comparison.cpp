#include "simulator/comparison/live_comparison.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/http/url.h"
#include "simulator/api/json_place.h"
#include "simulator/comparison/compared_list.h"
#include "simulator/comparison/compared_source.h"
#include "simulator/comparison/json_members.h"
#include "simulator/comparison/list_rules.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr TimestampMicros kMonth = TimestampMicros{30} * 24 * 3600 * 1'000'000;
// Of a list: enough to see what its rules do, and little to ask of a source that others work with.
constexpr std::size_t kMostPages = 10;

// A listing that is compared.
struct ComparedListing {
  std::string endpoint;
  const ApiEndpoint& described;
  const Listing& listing;
  RecordShape shape;
  std::vector<std::string> record_path = {};  // of single records; empty: they are not compared
};

JsonMembers members_of(const Json& records) {
  JsonMembers members;
  for (const Json& record : records) {
    add_members(record, members);
  }
  return members;
}

std::string parameter(const std::string& name, const std::string& value) { return fmt::format("{}={}", percent_encode(name), percent_encode(value)); }

std::string value_of(const ListingQuery::Order& order, const SortRole& sort) {
  return order.descending && sort.direction_parameter.empty() ? "-" + order.field : order.field;
}

class Comparison {
 public:
  Comparison(const std::vector<ApiEndpoint>& endpoints, ComparedSource& described, ComparedSource& live)
      : endpoints_(endpoints), described_(described), live_(live) {}

  Status compare(const ComparedListing& compared) {
    const auto path = path_of(described_, compared);
    const auto live_path = path_of(live_, compared);
    if (!path || !live_path) {
      results_.push_back({.endpoint = compared.endpoint, .what = "first page", .not_compared = "no record is there whose key its path could hold"});
      return {};
    }
    const Listing& listing = compared.listing;
    LAKEFLOW_ASSIGN(const ComparedList described, read_list(described_, listing, *path, "", kMostPages));
    LAKEFLOW_ASSIGN(const ComparedList live, read_list(live_, listing, *live_path, "", kMostPages));
    ComparedRequest& seen = add(compared, "first page", described.answers.front(), live.answers.front());
    if (seen.differences.empty()) {
      compare_page(listing, described, live, 0, seen);
    }
    const std::optional<RecordList> records = as_records(compared.shape, live.records());
    const Asked asked{.compared = compared,
                      .path = *path,
                      .live_path = *live_path,
                      .live = live,
                      .records = records.value_or(RecordList()),
                      .obstacle = obstacle_of(compared, live, records.has_value())};
    compare_next(asked, described);
    for (const FilterRole& filter : listing.filters) {
      LAKEFLOW_TRY(compare_filter(asked, filter));
    }
    for (const std::string& field : listing.sort.parameter.empty() ? std::vector<std::string>() : listing.sort.fields) {
      LAKEFLOW_TRY(compare_order(asked, {.field = field, .descending = false}));
      LAKEFLOW_TRY(compare_order(asked, {.field = field, .descending = true}));
    }
    if (!listing.paging.size_parameter.empty()) {
      LAKEFLOW_TRY(compare_size(asked));
    }
    LAKEFLOW_TRY(compare_unknown_parameter(asked));
    return compared.record_path.empty() ? Status() : compare_record(asked, described);
  }

  // A wrong token, which the description has to refuse if it asks for one.
  Status compare_door(const ComparedListing& compared, bool asks) {
    const auto path = path_of(live_, compared);
    if (!path) {
      return {};
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer answer, live_.get(*path, true));
    ComparedRequest request{.endpoint = compared.endpoint, .what = "a wrong token"};
    const bool refuses = answer.status == 401 || answer.status == 403;
    if (refuses != asks) {
      request.differences.push_back(fmt::format("{}, live {}", asks ? "answers 401" : "lets everybody in", answer.status));
    }
    results_.push_back(std::move(request));
    return {};
  }

  std::vector<ComparedRequest> take_results() { return std::move(results_); }

 private:
  // What is known of a listing once its first pages were read.
  struct Asked {
    const ComparedListing& compared;
    const std::string path;
    const std::string live_path;
    const ComparedList& live;
    const RecordList records;    // of the live list
    const std::string obstacle;  // why nothing can be said of them; empty: something can
  };

  static std::string obstacle_of(const ComparedListing& compared, const ComparedList& live, bool have_keys) {
    if (live.has_no_list()) {
      return "the live first page is no list as it is described";
    }
    if (!have_keys) {
      return fmt::format("a live record has no {}, its key", compared.shape.key);
    }
    return live.records().empty() ? "the live list is empty" : "";
  }

  ComparedRequest& add(const ComparedListing& compared, std::string what, const ComparedAnswer& described, const ComparedAnswer& live) {
    results_.push_back({.endpoint = compared.endpoint, .what = std::move(what)});
    if (described.status != live.status) {
      results_.back().differences.push_back(fmt::format("status {}, live {}", described.status, live.status));
    }
    return results_.back();
  }

  ComparedRequest& skip(const Asked& asked, std::string what, std::string why) {
    return results_.emplace_back(ComparedRequest{.endpoint = asked.compared.endpoint, .what = std::move(what), .not_compared = std::move(why)});
  }

  // How a page is built, and the members of the records up to it: what was said of the pages before it is not said again.
  static void compare_page(const Listing& listing, const ComparedList& described, const ComparedList& live, std::size_t page, ComparedRequest& seen) {
    if (live.pages.size() <= page) {
      seen.differences.push_back(listing.answer.records.empty() ? std::string("the live body is no list")
                                                                : fmt::format("the live body has no list at {}", listing.answer.records));
      return;
    }
    JsonMembers ours;
    JsonMembers theirs;
    std::vector<std::string> told;
    for (std::size_t each = 0; each <= page; ++each) {
      told = ours.empty() || theirs.empty() ? std::vector<std::string>() : compare_members(ours, theirs);
      if (each < described.pages.size()) {
        ours.merge(members_of(described.pages[each]));
      }
      for (auto& [place, types] : members_of(live.pages[each])) {
        theirs[place].insert(types.begin(), types.end());
      }
    }
    for (std::string& difference : ours.empty() || theirs.empty() ? std::vector<std::string>() : compare_members(ours, theirs)) {
      if (std::ranges::find(told, difference) == told.end()) {
        seen.differences.push_back(std::move(difference));
      }
    }
    const auto lacks = [&](std::size_t of, const std::string& place) {
      const Json document = Json::parse(live.answers[of].body, nullptr, false);
      return !document.is_discarded() && find_at(document, place) == nullptr;
    };
    // The last page need not say a next one.
    const bool is_full = live.pages[page].size() >= listing.paging.default_size;
    for (const std::string& place :
         {listing.answer.total, listing.answer.page, listing.answer.pages, listing.answer.has_more, is_full ? listing.paging.next : std::string()}) {
      if (!place.empty() && lacks(page, place) && (page == 0 || !lacks(0, place))) {
        seen.differences.push_back(fmt::format("the live body has nothing at {}", place));
      }
    }
  }

  void compare_next(const Asked& asked, const ComparedList& described) {
    const Listing& listing = asked.compared.listing;
    const ComparedList& live = asked.live;
    if (listing.paging.by == PagingRole::By::kNothing) {
      return;
    }
    const bool has_next = described.answers.size() > 1;
    const bool live_has_next = live.answers.size() > 1;
    if (live.has_no_list()) {
      skip(asked, "page 2", asked.obstacle);
    } else if (!has_next || !live_has_next) {
      skip(asked, "page 2", fmt::format("the {} first page says no next one: that may lie in how much it holds", has_next ? "live" : "described"));
    } else if (ComparedRequest& seen = add(asked.compared, "page 2", described.answers[1], live.answers[1]); seen.differences.empty()) {
      compare_page(listing, described, live, 1, seen);
      if (live.pages.size() > 1 && !live.pages[1].empty() && live.pages[1] == live.pages[0]) {
        seen.differences.emplace_back("the live second page is the first one again");
      }
    }
  }

  // By the status, and by which of the live records come.
  Status compare_filter(const Asked& asked, const FilterRole& filter) {
    const ComparedListing& compared = asked.compared;
    const std::string what = "filter " + filter.parameter;
    if (asked.live.has_no_list()) {
      skip(asked, what, asked.obstacle);
      return {};
    }
    const std::vector<FilterProbe> probes = probe_filter(filter, asked.records, now_micros());
    if (probes.empty()) {
      const std::string query = parameter(filter.parameter, value_for(filter));
      LAKEFLOW_ASSIGN(const ComparedAnswer ours, described_.get(asked.path + "?" + query, false));
      LAKEFLOW_ASSIGN(const ComparedAnswer theirs, live_.get(asked.live_path + "?" + query, false));
      add(compared, what, ours, theirs).not_compared =
          asked.obstacle.empty() ? fmt::format("no two live records that were read differ in {}", filter.field) : asked.obstacle;
      return {};
    }
    ComparedRequest request{.endpoint = compared.endpoint, .what = what};
    for (const FilterProbe& probe : probes) {
      const std::string query = parameter(filter.parameter, probe.value);
      LAKEFLOW_ASSIGN(const ComparedAnswer ours, described_.get(asked.path + "?" + query, false));
      LAKEFLOW_ASSIGN(const ComparedList theirs, read_list(live_, compared.listing, asked.live_path, query, kMostPages));
      const auto kept = as_records(compared.shape, theirs.records());
      if (theirs.answers.front().status != ours.status) {
        request.differences.push_back(fmt::format("status {}, live {}", ours.status, theirs.answers.front().status));
      } else if (theirs.has_no_list() || !kept) {
        request.differences.emplace_back("the live answer is no list as it is described");
      } else if (const auto difference = compare_kept({.role = filter, .value = probe.value}, asked.records, *kept, theirs.is_whole)) {
        request.differences.push_back(fmt::format("{}: {}", probe.where, *difference));
      }
      if (!request.differences.empty()) {
        break;  // the other values would say the same
      }
      if (!theirs.is_whole) {
        request.not_compared = fmt::format("what comes fits, but is longer than {} pages: whether something is missing can't be said", kMostPages);
      }
    }
    results_.push_back(std::move(request));
    return {};
  }

  Status compare_order(const Asked& asked, const ListingQuery::Order& order) {
    const SortRole& sort = asked.compared.listing.sort;
    const std::string what = fmt::format("sort by {}{}", order.field, order.descending ? ", descending" : "");
    if (asked.live.has_no_list()) {
      skip(asked, what, asked.obstacle);
      return {};
    }
    std::string query = parameter(sort.parameter, value_of(order, sort));
    if (!sort.direction_parameter.empty()) {
      query += "&" + parameter(sort.direction_parameter, order.descending ? "desc" : "asc");
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer ours, described_.get(asked.path + "?" + query, false));
    LAKEFLOW_ASSIGN(const ComparedList theirs, read_list(live_, asked.compared.listing, asked.live_path, query, 2));
    ComparedRequest& seen = add(asked.compared, what, ours, theirs.answers.front());
    const auto records = as_records(asked.compared.shape, theirs.records());
    if (!seen.differences.empty()) {
      return {};
    }
    if (theirs.has_no_list() || !records) {
      seen.differences.emplace_back("the live answer is no list as it is described");
    } else if (!has_two_values(order.field, *records)) {
      seen.not_compared = fmt::format("no two live records that were read differ in {}", order.field);
    } else if (!is_in_order({order}, *records)) {
      seen.differences.emplace_back("the live records come in another order");
    }
    return {};
  }

  Status compare_size(const Asked& asked) {
    const std::string& size = asked.compared.listing.paging.size_parameter;
    const std::string what = "size of pages " + size;
    if (asked.live.has_no_list()) {
      skip(asked, what, asked.obstacle);
      return {};
    }
    const std::string query = parameter(size, "1");
    LAKEFLOW_ASSIGN(const ComparedAnswer ours, described_.get(asked.path + "?" + query, false));
    LAKEFLOW_ASSIGN(const ComparedList theirs, read_list(live_, asked.compared.listing, asked.live_path, query, 1));
    ComparedRequest& seen = add(asked.compared, what, ours, theirs.answers.front());
    if (!seen.differences.empty()) {
      return {};
    }
    if (theirs.has_no_list()) {
      seen.differences.emplace_back("the live answer is no list as it is described");
    } else if (theirs.records().size() > 1) {
      seen.differences.emplace_back("the live source does not keep to it");
    } else if (asked.live.records().size() < 2) {
      seen.not_compared = "the live list has no two records";
    }
    return {};
  }

  Status compare_unknown_parameter(const Asked& asked) {
    constexpr std::string_view kUnknown = "?lakeflow_unknown_parameter=1";
    LAKEFLOW_ASSIGN(const ComparedAnswer ours, described_.get(asked.path + std::string(kUnknown), false));
    LAKEFLOW_ASSIGN(const ComparedAnswer theirs, live_.get(asked.live_path + std::string(kUnknown), false));
    add(asked.compared, "an unknown parameter", ours, theirs);
    return {};
  }

  Status compare_record(const Asked& asked, const ComparedList& described) {
    const Json ours = described.records();
    const Json theirs = asked.live.records();
    if (!asked.obstacle.empty() || ours.empty()) {
      skip(asked, "single record", asked.obstacle.empty() ? "the description has no record" : asked.obstacle);
      return {};
    }
    LAKEFLOW_ASSIGN(const ComparedAnswer answer, described_.get(record_target(asked.compared, ours.front()), false));
    LAKEFLOW_ASSIGN(const ComparedAnswer live_answer, live_.get(record_target(asked.compared, theirs.front()), false));
    ComparedRequest& seen = add(asked.compared, "single record", answer, live_answer);
    const Json record = Json::parse(answer.body, nullptr, false);
    const Json live_record = Json::parse(live_answer.body, nullptr, false);
    if (seen.differences.empty()) {
      const std::vector<std::string> differences = compare_members(members_of(Json::array({record})), members_of(Json::array({live_record})));
      seen.differences.insert(seen.differences.end(), differences.begin(), differences.end());
    }
    return {};
  }

  // A value that the filter may have, where no live record gives one.
  static std::string value_for(const FilterRole& filter) {
    if (filter.as != FilterValueKind::kTime) {
      return "1";
    }
    const Json time = write_time(filter.format, now_micros() - kMonth);
    return time.is_string() ? time.get<std::string>() : time.dump();
  }

  // The path of the list in that source: parts that are fields are filled in by the source's own records.
  std::optional<std::string> path_of(ComparedSource& source, const ComparedListing& compared) const {
    std::string path;
    for (const std::string& part : compared.listing.path) {
      if (!part.starts_with('{')) {
        path += "/" + part;
        continue;
      }
      const auto parent = std::ranges::find(endpoints_, compared.described.parent, &ApiEndpoint::name);
      const auto list = parent == endpoints_.end() ? std::unexpected(Error::user("no parent"))
                                                   : read_list(source, parent->listing, joined(parent->listing.path), "", 1);
      const Json records = list ? list->records() : Json::array();
      if (records.empty()) {
        return std::nullopt;
      }
      path += "/" + percent_encode(text_at(records.front(), parent->key));
    }
    return path;
  }

  static std::string record_target(const ComparedListing& compared, const Json& record) {
    std::string path;
    for (const std::string& part : compared.record_path) {
      path += "/" + (part.starts_with('{') ? percent_encode(text_at(record, part.substr(1, part.size() - 2))) : part);
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
    const ComparedListing listing{.endpoint = endpoint.name,
                                  .described = endpoint,
                                  .listing = endpoint.listing,
                                  .shape = {.key = endpoint.key, .modified = endpoint.modified, .format = endpoint.modified_format},
                                  .record_path = endpoint.record_path};
    LAKEFLOW_TRY(comparison.compare(listing));
    if (endpoint.deletes) {
      LAKEFLOW_TRY(
          comparison.compare({.endpoint = endpoint.name + ".deletes",
                              .described = endpoint,
                              .listing = endpoint.deletes->listing,
                              .shape = {.key = endpoint.key, .modified = endpoint.deletes->time_field, .format = endpoint.modified_format}}));
    }
    if (std::exchange(first, false)) {
      LAKEFLOW_TRY(comparison.compare_door(listing, description.access.by != ApiAccess::By::kNobodyIsAsked));
    }
  }
  return comparison.take_results();
}

}  // namespace lakeflow
