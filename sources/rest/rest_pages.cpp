#include "sources/rest/rest_pages.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/options.h"
#include "sources/rest/cursor_value.h"
#include "sources/rest/link_header.h"
#include "sources/rest/next_place.h"

namespace lakeflow {
namespace {

using Style = RestPaging::Style;

// A page may be older than what its server says of the list beside it.
constexpr int kMostWaits = 5;

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

// Numbered pages may shift while they are read: what is deleted before a page's place moves what follows a place forward.
bool may_shift(Style style) { return style == Style::kPageNumber || style == Style::kOffset; }

// The last record alone tells how the next page is asked for, and the end is where nothing follows it.
bool is_by_key(const RestPaging& paging) { return paging.style == Style::kToken && !paging.next_from_record.empty() && paging.more_at.empty(); }

std::int64_t size_of_page(const RestServer& server, const RestList& list) { return server.options().page_size.value_or(list.paging.page_size); }

Result<std::optional<std::string>> next_url(const RestPage& page, std::string_view reference) {
  Result<std::string> url = resolve_url(page.url, reference);
  if (!url) {
    return std::unexpected(Error::source(fmt::format("{} gave a link that is no http or https URL", page.place)));
  }
  return std::optional(*std::move(url));
}

std::vector<RestParameter> with_size(std::vector<RestParameter> parameters, const RestPaging& paging, std::int64_t page_size) {
  if (!paging.size_parameter.empty()) {
    parameters.push_back(number_parameter(paging.size_parameter, page_size));
  }
  return parameters;
}

}  // namespace

RestPages::RestPages(RestServer& server, const RestList& list, std::string path, std::vector<RestParameter> further)
    : server_(server),
      list_(list),
      page_size_(size_of_page(server, list)),
      path_(std::move(path)),
      parameters_(with_size(std::move(further), list.paging, page_size_)) {}

Result<RestRequest> RestPages::request_of_page() const {
  const RestPaging& paging = list_.paging;
  if (page_ > 0 && (paging.style == Style::kNextUrl || paging.style == Style::kLinkHeader)) {
    return RestRequest{.url = next_, .shown_url = path_ == list_.path ? std::string() : server_.options().base_url + list_.path};
  }
  std::vector<RestParameter> parameters = parameters_;
  if (paging.style == Style::kPageNumber) {
    parameters.push_back(number_parameter(paging.parameter, paging.first_page + page_));
  } else if (paging.style == Style::kOffset) {
    parameters.push_back(number_parameter(paging.parameter, static_cast<std::int64_t>(records_) - (last_record_.empty() ? 0 : 1)));
  } else if (paging.style == Style::kToken && page_ > 0) {
    std::erase_if(parameters, [&](const RestParameter& known) { return known.name == paging.parameter; });  // the cursor's filter
    parameters.push_back({paging.parameter, next_});
  }
  return rest_request(server_.options().base_url, list_, path_, parameters);
}

Result<std::optional<RestPage>> RestPages::next(const std::stop_token& stop) {
  if (done_) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const RestRequest request, request_of_page());
  LAKEFLOW_ASSIGN(RestPage page, server_.get(request, list_, is_below(), stop));
  if (page.is_gone) {
    done_ = true;
    is_gone_ = page_ == 0;
    // A token that has expired may be answered so, too: the first page tells.
    doubt_ = is_gone_ ? "" : "the list was no more to be found when its next page was asked for";
    return page;
  }
  LAKEFLOW_TRY(refuse_repetition(page));
  drop_overlap(page);
  ++page_;
  records_ += page.records.size();
  LAKEFLOW_TRY(read_end(page));
  return page;
}

Status RestPages::refuse_repetition(const RestPage& page) {
  if (page.records.empty() || is_by_key(list_.paging)) {
    return {};
  }
  const std::uint64_t hash =
      hash_of({page.records.front().data(), static_cast<std::size_t>(page.records.back().end() - page.records.front().begin())});
  const bool is_last_record_alone = page.records.size() == 1 && page.records.front() == last_record_;
  if (hash == last_page_hash_ && !is_last_record_alone) {
    return std::unexpected(Error::source(fmt::format("{} gives the same page again where the next one was asked for", page.place),
                                         list_.paging.parameter.empty()
                                             ? "the server's link to the next page leads back"
                                             : fmt::format("does the API know the parameter {}?", list_.paging.parameter)));
  }
  last_page_hash_ = hash;
  return {};
}

// The last record of the page before was asked for again: where something else stands there, the list has shifted.
void RestPages::drop_overlap(RestPage& page) {
  if (list_.paging.style != Style::kOffset || !list_.paging.overlap) {
    return;
  }
  const bool is_long = page.records.size() > 1 && page_size_ > 1;
  if (!last_record_.empty()) {
    if (!page.records.empty() && page.records.front() == last_record_) {
      page.records.erase(page.records.begin());
    } else {
      doubt_ = "records moved from one page to another while they were read";
      // Where it is further behind, something came before it.
      moved_forward_ |= std::ranges::find(page.records, last_record_) == page.records.end();
      records_ -= 1;  // what stands at that place is counted with this page
    }
  }
  // Pages of one record would never go on.
  last_record_ = is_long && !page.records.empty() ? std::string(page.records.back()) : std::string();
}

// How many records the list has in all, where the answer should say so.
Result<std::optional<std::uint64_t>> RestPages::read_total(const RestPage& page) {
  const RestPaging& paging = list_.paging;
  std::optional<std::string> text;
  if (!paging.total_header.empty()) {
    std::string name = paging.total_header;
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto header = page.headers.find(name);
    text = header == page.headers.end() ? std::nullopt : std::optional(header->second);
  } else if (!paging.total_at.empty()) {
    LAKEFLOW_ASSIGN(const auto value, server_.json().find(page.json(), paging.total_at));
    text = value ? std::optional(plain_text(*value)) : std::nullopt;
  }
  const std::optional<std::int64_t> total = text ? parse_integer(*text) : std::nullopt;
  if (total && *total >= 0) {
    return std::optional(static_cast<std::uint64_t>(*total));
  }
  // Some count with the first page alone, and some none of an empty list. A count that never comes proves nothing, and nobody would notice.
  const bool is_declared = !paging.total_at.empty() || !paging.total_header.empty();
  if (is_declared && page_ == 1 && !page.records.empty()) {
    return std::unexpected(Error::source(fmt::format("{} gives records, and no number of them at {}", page.place,
                                                     paging.total_header.empty() ? paging.total_at : "header " + paging.total_header),
                                         "name where the answer counts the whole list (total_at, total_header), or leave it away"));
  }
  return std::nullopt;
}

Status RestPages::read_end(const RestPage& page) {
  const RestPaging& paging = list_.paging;
  LAKEFLOW_ASSIGN(const std::optional<std::uint64_t> total, read_total(page));
  if (total && total_ && *total < *total_ && may_shift(paging.style)) {
    doubt_ = "records were deleted while the pages were read";
    moved_forward_ = true;
  }
  total_ = total ? total : total_;

  std::optional<bool> more;
  if (!paging.more_at.empty()) {
    LAKEFLOW_ASSIGN(const auto text, server_.json().find(page.json(), paging.more_at));
    if (text == "true" || text == "false") {
      more = *text == "true";
    }
  }
  LAKEFLOW_TRY(follow(page, more));
  if (done_ && total_ && records_ < *total_) {
    doubt_ = fmt::format("{} of {} records came that the server counts", records_, *total_);
  }
  return {};
}

Status RestPages::follow(const RestPage& page, std::optional<bool> more) {
  if (is_by_key(list_.paging)) {
    return follow_key(page);
  }
  const std::string& place = page.place;
  switch (list_.paging.style) {
    case Style::kNone: done_ = true; return refuse_signs_of_more(page);
    case Style::kPageNumber:
    case Style::kOffset: {
      const bool all_counted = total_ && records_ >= *total_;
      done_ = page.records.empty() || more == false || all_counted;
      if (page.records.empty() && more == true) {
        return std::unexpected(Error::source(fmt::format("{} gives no record, and says that there are more", place), "ask whoever runs the server"));
      }
      return {};
    }
    case Style::kToken:
    case Style::kNextUrl:
    case Style::kLinkHeader: break;
  }
  LAKEFLOW_ASSIGN(std::optional<std::string> next, continuation(page, more));
  if (!next) {
    done_ = true;
    return more == true ? std::unexpected(Error::source(fmt::format("{} says that there are more records, and not how they are asked for", place),
                                                        "is next_at right?"))
                        : Status();
  }
  if (more == false) {
    done_ = true;
    return {};
  }
  if (!continuations_.insert(hash_of(*next)).second) {
    return std::unexpected(Error::source(fmt::format("{} names a next page that was read before: the pages go round in a circle", place),
                                         "ask whoever runs the server; what came before is safe"));
  }
  next_ = *std::move(next);
  return {};
}

Status RestPages::follow_key(const RestPage& page) {
  const RestPaging& paging = list_.paging;
  const std::string place = page.place;
  std::optional<std::string_view> greatest;
  if (!paging.last_at.empty()) {
    LAKEFLOW_ASSIGN(greatest, server_.json().find(page.json(), paging.last_at));
    if (!greatest && !page.records.empty()) {
      return std::unexpected(Error::source(fmt::format("{} gives records, and no greatest key at {}", place, paging.last_at),
                                           "name where the answer has the greatest key of the list (last_at), or leave it away"));
    }
  }
  if (page.records.empty()) {
    const auto last = parse_cursor(RestCursor::Form::kNumber, last_key_);
    const auto told = greatest ? parse_cursor(RestCursor::Form::kNumber, *greatest) : std::nullopt;
    done_ = !last || !told || *told <= *last;
    if (!done_ && ++waits_ == kMostWaits) {
      return std::unexpected(Error::source(fmt::format("{} gives no record, and {} says that there are more", place, paging.last_at),
                                           "is it the greatest key of this very list? Else leave last_at away"));
    }
    return {};
  }
  LAKEFLOW_ASSIGN(const auto first, server_.json().find(page.records.front(), paging.next_from_record));
  LAKEFLOW_ASSIGN(const auto key, server_.json().find(page.records.back(), paging.next_from_record));
  if (!key || *key == "null") {
    return std::unexpected(
        Error::source(fmt::format("{} gives a last record without {}, by which the next page is asked for", place, paging.next_from_record),
                      "is next_from_record right?"));
  }
  records_ -= page_ > 1 && first == last_key_ ? 1U : 0U;  // the record that was asked from
  if (page_ > 1 && *key == last_key_) {
    return ask_behind_key(page);
  }
  if (!continuations_.insert(hash_of(*key)).second) {
    return std::unexpected(Error::source(fmt::format("{} ends with a record that ended a page before: the pages go round in a circle", place),
                                         fmt::format("does the API know the parameter {}?", paging.parameter)));
  }
  last_key_ = *key;
  next_ = last_key_;
  waits_ = 0;
  done_ = greatest == key;
  return {};
}

// The page ends with the record that it was asked from. Is it alone there, that may be the end, or all that a page takes: a number is asked behind.
Status RestPages::ask_behind_key(const RestPage& page) {
  const RestPaging& paging = list_.paging;
  const std::string place = page.place;
  if (page.records.size() > 1 || next_ != last_key_) {
    return std::unexpected(
        Error::source(fmt::format("{} gives {} records that lead no further than {} was asked from", place, page.records.size(), paging.parameter),
                      fmt::format("does the API know the parameter {}, is its list in the order of {}, and has each record one of its own?",
                                  paging.parameter, paging.next_from_record)));
  }
  const std::string text = plain_text(last_key_);
  const auto number = parse_cursor(RestCursor::Form::kNumber, text);
  if (!number || *number == std::numeric_limits<CursorValue>::max()) {
    return std::unexpected(
        Error::source(fmt::format("{} repeats the record that it was asked from, and its {} is no number behind which one could ask", place,
                                  paging.next_from_record),
                      "name what tells of the end (more_at), or another way to page"));
  }
  next_ = last_key_.starts_with('"') ? fmt::format("\"{}\"", *number + 1) : fmt::format("{}", *number + 1);
  return {};
}

// A list that is declared to come whole in one answer, of which the answer says otherwise: the author has not seen that it comes in pages.
Status RestPages::refuse_signs_of_more(const RestPage& page) {
  const auto link = page.headers.find("link");
  std::string sign = link != page.headers.end() && next_link(link->second) ? "a Link header with rel=\"next\"" : "";
  constexpr std::array kContinuations = {
      "next",       "next_page",        "nextPage",      "next_url",        "nextUrl",     "next_cursor",
      "nextCursor", "next_page_token",  "nextPageToken", "cursor",          "has_more",    "hasMore",
      "links.next", "meta.next_cursor", "meta.next",     "pagination.next", "paging.next", "response_metadata.next_cursor"};
  constexpr std::array kLinks = {"link[relation=next].url", "links[rel=next].href", "links[rel=next].uri"};
  constexpr std::array kTotals = {"total", "total_count", "totalCount", "count", "meta.total", "pagination.total", "page.total"};
  const bool is_object =
      page.json().find_first_not_of(" \t\r\n") != std::string_view::npos && page.json()[page.json().find_first_not_of(" \t\r\n")] == '{';
  for (const char* const place : kContinuations) {
    if (!is_object || !sign.empty()) break;
    LAKEFLOW_ASSIGN(const auto value, server_.json().find(page.json(), place));
    const bool says_so = value && *value != "null" && *value != "false" && *value != "\"\"" && *value != "{}" && *value != "0";
    sign = says_so ? fmt::format("a member {}", place) : "";
  }
  for (const char* const place : kLinks) {
    if (!is_object || !sign.empty()) break;
    const auto link_in_list = find_next(server_.json(), page.json(), place);
    sign = link_in_list && link_in_list->value_or("null") != "null" ? fmt::format("a link to a next page ({})", place) : "";
  }
  for (const char* const place : kTotals) {
    if (!is_object || !sign.empty()) break;
    LAKEFLOW_ASSIGN(const auto value, server_.json().find(page.json(), place));
    const auto total = value ? parse_integer(*value) : std::nullopt;
    sign = total && *total > static_cast<std::int64_t>(records_)
               ? fmt::format("a member {} that counts {} records, of which {} are here", place, *total, records_)
               : "";
  }
  return sign.empty()
             ? Status()
             : std::unexpected(Error::source(fmt::format("{} is declared to give its list in one answer, and the answer has {}", page.place, sign),
                                             "describe how the list comes in pages (list.paging, rest_table.h)"));
}

// The token or URL of the next page.
Result<std::optional<std::string>> RestPages::continuation(const RestPage& page, std::optional<bool> more) {
  const RestPaging& paging = list_.paging;
  if (paging.style == Style::kLinkHeader) {
    const auto header = page.headers.find("link");
    const auto target = header == page.headers.end() ? std::nullopt : next_link(header->second);
    if (!target) {
      return std::nullopt;
    }
    return next_url(page, *target);
  }
  std::string_view json = page.json();
  std::string_view place = paging.next_at;
  if (!paging.next_from_record.empty()) {
    if (page.records.empty() || (more == false)) {
      return std::nullopt;
    }
    json = page.records.back();
    place = paging.next_from_record;
  }
  const bool in_body = paging.style == Style::kToken && list_.method == RestList::Method::kPost;
  const auto text = find_next(server_.json(), json, place, in_body ? NextValue::kAnyJson : NextValue::kText);
  if (!text) {
    return std::unexpected(text.error().at(page.place));
  }
  if (!*text || **text == "null" || **text == "false" || **text == "\"\"") {
    return std::nullopt;
  }
  if (paging.style == Style::kNextUrl) {
    return next_url(page, plain_text(**text));
  }
  return std::optional(std::string(**text));
}

}  // namespace lakeflow
