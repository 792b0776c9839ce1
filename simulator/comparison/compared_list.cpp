#include "simulator/comparison/compared_list.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "libs/http/url.h"
#include "simulator/api/json_place.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::optional<Json> records_of(const Listing& listing, const ComparedAnswer& answer) {
  if (answer.status != 200) {
    return std::nullopt;
  }
  if (listing.answer.ndjson) {
    Json list = Json::array();
    for (std::size_t at = 0; at < answer.body.size();) {
      const std::size_t end = std::min(answer.body.find('\n', at), answer.body.size());
      if (end > at) {
        list.push_back(Json::parse(answer.body.substr(at, end - at), nullptr, false));
      }
      at = end + 1;
    }
    return list;
  }
  const Json document = Json::parse(answer.body, nullptr, false);
  const Json* const list = document.is_discarded() ? nullptr : find_at(document, listing.answer.records);
  return list != nullptr && list->is_array() ? std::optional(*list) : std::nullopt;
}

bool is_by_number(PagingRole::By by) { return by == PagingRole::By::kPage || by == PagingRole::By::kOffset; }

// The target of rel="next" in a Link header (RFC 8288 §3) with any number of links; empty where there is none.
std::string next_link(std::string_view header) {
  for (std::size_t begin = header.find('<'); begin != std::string_view::npos;) {
    const std::size_t end = header.find('>', begin);
    const std::size_t following = header.find('<', std::min(end, header.size()));
    const std::string_view about = end == std::string_view::npos ? std::string_view() : header.substr(end, following - end);
    if (about.contains("rel=\"next\"") || about.contains("rel=next")) {
      return std::string(header.substr(begin + 1, end - begin - 1));
    }
    begin = following;
  }
  return "";
}

// What the next page is asked for by.
class NextPage {
 public:
  NextPage(const Listing& listing, std::string first) : listing_(listing), first_(std::move(first)) {}

  // Nothing where the answer says, by its own means, that there is none.
  std::optional<std::string> after(const ComparedAnswer& answer, const Json& records) {
    ++pages_;
    records_ += records.size();
    const PagingRole& paging = listing_.paging;
    switch (paging.by) {
      case PagingRole::By::kNothing: return std::nullopt;
      case PagingRole::By::kPage: return is_last(answer, records) ? std::nullopt : with(std::to_string(paging.first_page + pages_));
      case PagingRole::By::kOffset: return is_last(answer, records) ? std::nullopt : with(std::to_string(records_));
      case PagingRole::By::kLinkHeader: return linked(answer, next_link(answer.link));
      case PagingRole::By::kCursor: {
        const std::string token = said_next(answer);
        return token.empty() ? std::nullopt : with(token);
      }
      case PagingRole::By::kNextUrl: return linked(answer, said_next(answer));
    }
    return std::nullopt;
  }

  // Of the last answer: there may be a next page, but not as it is described.
  bool says_more_than_a_text() const { return says_more_than_a_text_; }

 private:
  std::optional<std::string> with(const std::string& value) const {
    return fmt::format("{}{}{}={}", first_, first_.contains('?') ? '&' : '?', percent_encode(listing_.paging.parameter), percent_encode(value));
  }

  // What stands at the place of the next page; empty where that is no text and no number, or open.
  std::string said_next(const ComparedAnswer& answer) {
    const Json document = Json::parse(answer.body, nullptr, false);
    const Json* const next = document.is_discarded() ? nullptr : find_at(document, listing_.paging.next);
    says_more_than_a_text_ = (next != nullptr && next->is_structured()) || !doubt_at(document, listing_.paging.next).empty();
    return next != nullptr && (next->is_string() || next->is_number()) ? text_at(*next, "") : "";
  }

  // A link may be relative.
  static std::optional<std::string> linked(const ComparedAnswer& answer, const std::string& link) {
    auto url = link.empty() ? std::unexpected(Error::user("no link")) : resolve_url(answer.url, link);
    return url ? std::optional(*std::move(url)) : std::nullopt;
  }

  bool is_last(const ComparedAnswer& answer, const Json& records) const {
    const Json document = listing_.answer.ndjson ? Json() : Json::parse(answer.body, nullptr, false);
    const auto said = [&](const std::string& place) { return place.empty() || document.is_discarded() ? "" : text_at(document, place); };
    const auto total = parse_integer(said(listing_.answer.total));
    return records.empty() || said(listing_.answer.has_more) == "false" || (total && static_cast<std::int64_t>(records_) >= *total);
  }

  const Listing& listing_;
  const std::string first_;  // the first page's target
  std::size_t pages_ = 0;
  std::size_t records_ = 0;
  bool says_more_than_a_text_ = false;
};

}  // namespace

std::string list_target(const Listing& listing, const std::string& path, const std::string& query) {
  std::string all = query;
  for (const auto& [name, value] : listing.required) {
    all += fmt::format("{}{}={}", all.empty() ? "" : "&", percent_encode(name), percent_encode(value));
  }
  return all.empty() ? path : path + "?" + all;
}

Json ComparedList::records() const {
  Json all = Json::array();
  for (const Json& page : pages) {
    all.insert(all.end(), page.begin(), page.end());
  }
  return all;
}

Result<ComparedList> read_list(ComparedSource& source, const Listing& listing, const std::string& path, const std::string& query,
                               std::size_t most_pages) {
  ComparedList read;
  std::string target = list_target(listing, path, query);
  NextPage next_page(listing, target);
  while (read.answers.size() < most_pages) {
    LAKEFLOW_ASSIGN(ComparedAnswer answer, source.get(target, false));
    read.answers.push_back(std::move(answer));
    std::optional<Json> records = records_of(listing, read.answers.back());
    if (!records) {
      // Some answer 404 after the last page by number.
      read.is_whole = !read.pages.empty() && is_by_number(listing.paging.by) && read.answers.back().status == 404;
      return read;
    }
    const std::optional<std::string> next = next_page.after(read.answers.back(), *records);
    const bool is_empty = records->empty();
    read.pages.push_back(*std::move(records));
    if (!next || *next == target) {
      // Some lead from an empty page to itself.
      read.is_whole = is_empty || (!next && !next_page.says_more_than_a_text());
      return read;
    }
    target = *next;
  }
  return read;
}

}  // namespace lakeflow
