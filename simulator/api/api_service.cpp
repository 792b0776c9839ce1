#include "simulator/api/api_service.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/api/posted_query.h"
#include "simulator/api/record_source.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;

// What the path's parts say of the fields that stand in it; nothing where the path is another one.
std::optional<std::vector<ListingQuery::Filter>> match(const std::vector<std::string>& base, const std::vector<std::string>& path,
                                                       const std::vector<std::string>& segments) {
  if (segments.size() != base.size() + path.size() || !std::ranges::equal(base, std::span(segments).first(base.size()))) {
    return std::nullopt;
  }
  std::vector<ListingQuery::Filter> fields;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string& value = segments[base.size() + i];
    if (path[i].starts_with('{')) {
      const std::string field = path[i].substr(1, path[i].size() - 2);
      fields.push_back({.role = {.parameter = field, .field = field}, .value = value});
    } else if (path[i] != value) {
      return std::nullopt;
    }
  }
  return fields;
}

}  // namespace

ApiService::Endpoint::Endpoint(const ApiEndpoint& endpoint)
    : described(endpoint),
      records({.key = endpoint.key, .modified = endpoint.modified, .format = endpoint.modified_format}),
      deleted({.key = endpoint.key, .modified = endpoint.deletes ? endpoint.deletes->time_field : "", .format = endpoint.modified_format}) {}

ApiService::ApiService(ApiDescription description, FaultPlan& faults, std::stop_token stop, std::uint64_t seed)
    : description_(std::move(description)),
      faults_(faults),
      http_faults_(faults, std::move(stop),
                   [](int status, std::string_view reason) { return answer_refusal({.status = status, .message = std::string(reason)}); }),
      seed_(seed),
      door_(description_.access, description_.rate_limit, seed),
      listings_(faults, seed),
      coverage_(description_) {
  for (const ApiEndpoint& endpoint : description_.endpoints) {
    endpoints_.emplace(endpoint.name, std::make_unique<Endpoint>(endpoint));
  }
}

Status ApiService::load() {
  for (auto& [name, endpoint] : endpoints_) {
    LAKEFLOW_TRY(load_records(endpoint->described, seed_, clock_.now(), endpoint->records));
    commit_start_late(*endpoint);
  }
  return {};
}

Allowed<ApiService::Route> ApiService::route(const std::vector<std::string>& segments) {
  if (door_.gives_tokens() && match(description_.base_path, description_.access.token_path, segments)) {
    return Route{.kind = Route::Kind::kToken};
  }
  std::optional<Route> best;
  const auto consider = [&](Route::Kind kind, Endpoint& endpoint, const std::vector<std::string>& path) {
    auto fields = match(description_.base_path, path, segments);
    // A part that stands there as it is goes before one that is a field: /orders/deleted before /orders/{id}.
    if (fields && (!best || fields->size() < best->of_path.size())) {
      best = Route{.kind = kind, .endpoint = &endpoint, .of_path = *std::move(fields)};
    }
  };
  for (auto& [name, endpoint] : endpoints_) {
    consider(Route::Kind::kListing, *endpoint, endpoint->described.listing.path);
    if (!endpoint->described.record_path.empty()) {
      consider(Route::Kind::kRecord, *endpoint, endpoint->described.record_path);
    }
    if (endpoint->described.deletes) {
      consider(Route::Kind::kDeletes, *endpoint, endpoint->described.deletes->listing.path);
    }
  }
  if (!best) {
    return refuse_request(404, "there is nothing at this path");
  }
  return *std::move(best);
}

HttpAnswer ApiService::answer(const ReceivedRequest& request) {
  std::vector<std::string> segments;
  Visit visit{.http = request, .parameters = {}, .route = {}, .name = {}, .part = {}, .now = now_micros()};
  split_url(request.target, segments, visit.parameters);
  auto found = route(segments);
  HttpAnswer made;
  std::string place;
  if (found) {
    visit.route = *std::move(found);
    switch (visit.route.kind) {
      case Route::Kind::kToken: visit.name = "token"; break;
      case Route::Kind::kDeletes: visit.name = visit.route.endpoint->described.name + ".deletes"; break;
      default: visit.name = visit.route.endpoint->described.name;
    }
    place = visit.name;
    made = answer(std::move(visit));
  } else {
    made = answer_refusal(found.error());
  }
  if (!made.reason.empty()) {
    coverage_.count_refusal(place, made.status, made.reason);
  }
  made.headers.push_back({.name = "Date", .value = format_http_date(clock_.now())});
  return made;
}

HttpAnswer ApiService::answer(Visit visit) {
  const auto skew = faults_.strikes("clock-skew", visit.name);
  clock_.set_skew(skew ? parse_integer(*skew).value_or(0) * kSecond : 0);
  Allowed<void> entered;
  if (visit.route.kind != Route::Kind::kToken) {
    entered = door_.let_in(visit.http, visit.parameters, visit.now);
  }
  Allowed<ListingQuery> query;
  if (visit.route.kind == Route::Kind::kListing || visit.route.kind == Route::Kind::kDeletes) {
    const Listing& listing = listing_of(visit.route);
    query = listing.by_post ? parse_posted_query(listing, description_.strict, visit.http, visit.parameters)
                            : parse_listing_query(listing, description_.strict, visit.parameters);
    visit.part = query ? std::to_string(listings_.page_number(listing, *query)) : "";
  } else if (visit.route.kind == Route::Kind::kRecord) {
    visit.part = "record";
  }
  std::optional<HttpAnswer> made;
  if (!entered) {
    coverage_.count("", "refused at the door (401)");
    token_was_refused_ = visit.http.has_header("Authorization");
    made = answer_refusal(entered.error());
  } else if (const Allowed<void> counted = door_.count(visit.now); !counted) {
    coverage_.count("", "over the rate limit (429)");
    made = answer_refusal(counted.error());
  } else {
    made = http_faults_.answer(visit.http, visit.subject(), clock_.now());
  }
  if (!made) {
    Allowed<HttpAnswer> served = serve(visit, std::move(query));
    made = served ? *std::move(served) : answer_refusal(served.error());
  }
  http_faults_.spoil(visit.subject(), *made);
  return *std::move(made);
}

const Listing& ApiService::listing_of(const Route& route) {
  const ApiEndpoint& described = route.endpoint->described;
  return route.kind == Route::Kind::kDeletes ? described.deletes->listing : described.listing;
}

bool ApiService::asks_for_a_list_by_post(const Route& route) {
  return (route.kind == Route::Kind::kListing || route.kind == Route::Kind::kDeletes) && listing_of(route).by_post;
}

Allowed<HttpAnswer> ApiService::serve(const Visit& visit, Allowed<ListingQuery> query) {
  const std::string& method = visit.http.method;
  if (visit.route.kind == Route::Kind::kToken) {
    HttpAnswer answer = door_.give_token(visit.http, visit.now);
    coverage_.count("", "token");
    if (token_was_refused_.exchange(false)) {
      coverage_.count("", "token after one had ended");
    }
    return answer;
  }
  const bool asks_by_post = method == "POST" && asks_for_a_list_by_post(visit.route);
  if (method != "GET" && method != "HEAD" && !asks_by_post) {
    return write(visit);
  }
  if (const Allowed<void> parent = check_parent(visit); !parent) {
    return std::unexpected(parent.error());
  }
  if (visit.route.kind == Route::Kind::kRecord) {
    return read(visit);
  }
  if (!query) {
    return std::unexpected(query.error());
  }
  return list(visit, *std::move(query));
}

Allowed<void> ApiService::check_parent(const Visit& visit) {
  const std::string& parent = visit.route.endpoint->described.parent;
  // A single record may be asked for by its own key alone.
  const bool names_no_parent = visit.route.of_path.empty() || (visit.route.kind == Route::Kind::kRecord && visit.route.of_path.size() == 1);
  if (parent.empty() || names_no_parent) {
    return {};
  }
  if (endpoints_.find(parent)->second->records.find(visit.route.of_path.front().value, visit.now) == nullptr) {
    return refuse_request(404, fmt::format("there is none of {} with this key", parent));
  }
  return {};
}

Allowed<HttpAnswer> ApiService::list(const Visit& visit, ListingQuery query) {
  Endpoint& endpoint = *visit.route.endpoint;
  const bool deletes = visit.route.kind == Route::Kind::kDeletes;
  const Listing& listing = listing_of(visit.route);
  query.filters.insert(query.filters.end(), visit.route.of_path.begin(), visit.route.of_path.end());
  auto outcome = listings_.answer(
      listing, deletes ? endpoint.deleted : endpoint.records,
      {.origin = visit.http.origin(), .path = std::string(visit.http.path()), .query = query, .subject = visit.subject(), .now = visit.now});
  if (!outcome) {
    return std::unexpected(outcome.error());
  }
  count(visit, query, *outcome);
  return std::move(outcome->answer);
}

void ApiService::count(const Visit& visit, const ListingQuery& query, const ListingOutcome& outcome) {
  const Listing& listing = listing_of(visit.route);
  coverage_.count(visit.name, query.position && visit.part != "1" ? kFurtherPage : kFirstPage);
  if (outcome.is_last_page) {
    coverage_.count(visit.name, kLastPage);
  }
  for (const auto& [name, value] : query.asked) {
    coverage_.count(visit.name, "filter " + name);
    coverage_.count(visit.name, "parameter " + name);
    if (name == listing.paging.size_parameter) {
      coverage_.count(visit.name, "size of pages " + name);
    }
    if (name == listing.sort.parameter) {
      for (const ListingQuery::Order& order : query.order) {
        coverage_.count(visit.name, fmt::format("sort by {}{}", order.name, order.descending ? ", descending" : ""));
      }
    }
  }
}

Allowed<HttpAnswer> ApiService::read(const Visit& visit) {
  if (!visit.parameters.empty() && description_.strict) {
    return refuse_request(400, fmt::format("unknown parameter {}: a single record has none", visit.parameters.front().first));
  }
  coverage_.count(visit.name, "single record");
  const RecordPointer record = visit.route.endpoint->records.find(visit.route.of_path.back().value, visit.now);
  if (record == nullptr) {
    return refuse_request(404, "there is no record with this key");
  }
  return HttpAnswer{.content_type = "application/json", .body = record->text};
}

}  // namespace lakeflow
