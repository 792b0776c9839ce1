#include "simulator/api/listing_service.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/options.h"
#include "libs/http/url.h"
#include "simulator/api/listing_answer.h"

namespace lakeflow {
namespace {

constexpr double kMicros = 1e6;

constexpr FaultKind kKinds[] = {
    {.name = "ignore-sort", .help = "Sends the records in no order, without a word."},
    {.name = "ignore-filters", .help = "Answers as if no filter had been asked for, without a word."},
    {.name = "no-total", .help = "Leaves the total and the number of pages out."},
    {.name = "short-pages", .help = "Sends half of a page though more follows (not where pages have numbers)."},
    {.name = "empty-pages", .help = "Sends a page without records that has a next one (where pages have tokens)."},
    {.name = "expired-pages", .help = "Answers 410 to the tokens and links of pages."},
    {.name = "repeated-next", .help = "The token or link of the next page leads to the same page again."},
    {.name = "relative-next", .help = "The link of the next page is relative."},
    {.name = "foreign-next", .help = "The link of the next page names another host: localhost instead of 127.0.0.1."},
};

bool is_by_token(PagingRole::By by) { return by == PagingRole::By::kCursor || by == PagingRole::By::kLinkHeader || by == PagingRole::By::kNextUrl; }

bool asks_the_same(const QueryParameters& again, const QueryParameters& first) {
  return std::ranges::all_of(again, [&](const auto& parameter) { return std::ranges::find(first, parameter) != first.end(); });
}

std::string other_host(std::string origin) {
  constexpr std::string_view kAddress = "127.0.0.1";
  const auto at = origin.find(kAddress);
  return at == std::string::npos ? origin : origin.replace(at, kAddress.size(), "localhost");
}

// Of the page that is asked for; without what lets the request in.
std::string url_of(const Listing& listing, const ListingRequest& request) {
  QueryParameters parameters = request.query.asked;
  if (request.query.position) {
    parameters.emplace_back(listing.paging.parameter, *request.query.position);
  }
  std::string url = request.origin + request.path;
  for (const auto& [name, value] : parameters) {
    url += fmt::format("{}{}={}", url.contains('?') ? '&' : '?', percent_encode(name), percent_encode(value));
  }
  return url;
}

}  // namespace

std::span<const FaultKind> listing_fault_kinds() { return kKinds; }

std::uint64_t ListingService::page_number(const Listing& listing, const ListingQuery& query) const {
  if (!query.position) {
    return 1;
  }
  if (is_by_token(listing.paging.by)) {
    const auto token = PageToken::parse(*query.position);
    const auto paged = token ? kept_.find(token->list) : nullptr;
    return paged ? token->offset / paged->query.size + 1 : 1;
  }
  const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(parse_integer(*query.position).value_or(0), 0));
  return listing.paging.by == PagingRole::By::kPage ? number - std::min(number, listing.paging.first_page) + 1 : number / query.size + 1;
}

Allowed<ListingService::Place> ListingService::place_of(const Listing& listing, const ListingRequest& request) {
  const PagingRole& paging = listing.paging;
  Place place{
      .token = {},
      .paged = std::make_shared<PagedQuery>(PagedQuery{.path = request.path, .query = request.query, .records = std::nullopt, .begun = request.now})};
  if (!request.query.position) {
    return place;
  }
  if (is_by_token(paging.by)) {
    return place_of_token(listing, request);
  }
  const std::uint64_t first = paging.by == PagingRole::By::kPage ? paging.first_page : 0;
  const auto number = parse_integer(*request.query.position);
  if (!number || *number < 0 || static_cast<std::uint64_t>(*number) < first) {
    return refuse_request(400, fmt::format("the value of {} is not a number from {} on", paging.parameter, first));
  }
  const std::uint64_t steps = static_cast<std::uint64_t>(*number) - first;
  place.token.offset = paging.by == PagingRole::By::kPage ? steps * request.query.size : steps;
  return place;
}

Allowed<ListingService::Place> ListingService::place_of_token(const Listing& listing, const ListingRequest& request) {
  const PagingRole& paging = listing.paging;
  auto token = PageToken::parse(*request.query.position);
  auto paged = token ? kept_.find(token->list) : nullptr;
  if (!paged || paged->path != request.path) {
    return refuse_request(400, fmt::format("the value of {} is none that was given out", paging.parameter));
  }
  if (!asks_the_same(request.query.asked, paged->query.asked)) {
    return refuse_request(400, fmt::format("{} belongs to a request with other parameters", paging.parameter));
  }
  const double age = static_cast<double>(request.now - paged->begun) / kMicros;
  if (faults_.strikes("expired-pages", request.subject) || (paging.expires_after_seconds > 0 && age > paging.expires_after_seconds)) {
    return refuse_request(410, "these pages have expired: begin again with the first one");
  }
  return Place{.token = *std::move(token), .paged = std::move(paged)};
}

std::string ListingService::next_of(const Listing& listing, const ListingRequest& request, std::string token) {
  if (listing.paging.by == PagingRole::By::kCursor) {
    return token;
  }
  const std::string target = fmt::format("{}?{}={}", request.path, percent_encode(listing.paging.parameter), token);
  if (faults_.strikes("relative-next", request.subject)) {
    return target;
  }
  const bool foreign = faults_.strikes("foreign-next", request.subject).has_value();
  return (foreign ? other_host(request.origin) : request.origin) + target;
}

Allowed<ListingOutcome> ListingService::answer(const Listing& listing, RecordCollection& collection, ListingRequest request) {
  if (faults_.strikes("ignore-sort", request.subject)) {
    request.query.order.clear();
  }
  if (faults_.strikes("ignore-filters", request.subject)) {
    request.query.filters.clear();
  }
  auto place = place_of(listing, request);
  if (!place) {
    return std::unexpected(place.error());
  }
  const ListingQuery& query = place->paged->query;
  RecordList found;
  if (!place->paged->records) {
    found = execute_listing_query(query, collection.all(request.now));
  }
  const RecordList& all = place->paged->records ? *place->paged->records : found;

  ListingPage page{.total = faults_.strikes("no-total", request.subject) ? std::nullopt : std::optional(all.size())};
  const std::size_t begin = std::min(place->token.offset, all.size());
  std::size_t size = query.size == 0 ? all.size() : query.size;
  if (listing.paging.by != PagingRole::By::kPage && size > 1 && faults_.strikes("short-pages", request.subject)) {
    size /= 2;
  }
  if (is_by_token(listing.paging.by) && begin < all.size() && faults_.strikes("empty-pages", request.subject)) {
    size = 0;
  }
  const std::size_t end = std::min(begin + size, all.size());
  page.records.assign(all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end));
  page.has_more = end < all.size();
  page.self = url_of(listing, request);
  if (listing.paging.by == PagingRole::By::kPage) {
    page.number = listing.paging.first_page + place->token.offset / query.size;
    page.pages = page.total ? std::optional((*page.total + query.size - 1) / query.size) : std::nullopt;
  }
  if (page.has_more && is_by_token(listing.paging.by)) {
    if (place->token.list.empty()) {
      place->token.list = kept_.keep(std::make_shared<PagedQuery>(PagedQuery{
          .path = request.path, .query = query, .records = listing.paging.kept ? std::optional(all) : std::nullopt, .begun = request.now}));
    }
    const bool same = faults_.strikes("repeated-next", request.subject).has_value();
    page.next = next_of(listing, request, PageToken{.list = place->token.list, .offset = same ? begin : end}.text());
  }
  return ListingOutcome{.answer = write_listing_answer(listing, page), .is_last_page = !page.has_more};
}

}  // namespace lakeflow
