#include "simulator/comparison/compared_list.h"

#include <algorithm>
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

// What the next page is asked for by.
class NextPage {
 public:
  NextPage(const Listing& listing, const std::string& path, const std::string& query)
      : listing_(listing), asked_(path + "?" + query + (query.empty() ? "" : "&")) {}

  // Nothing where the answer says, by its own means, that there is none.
  std::optional<std::string> after(const ComparedAnswer& answer, const Json& records) {
    ++pages_;
    records_ += records.size();
    const PagingRole& paging = listing_.paging;
    switch (paging.by) {
      case PagingRole::By::kNothing: return std::nullopt;
      case PagingRole::By::kPage: return is_last(answer, records) ? std::nullopt : with(std::to_string(paging.first_page + pages_));
      case PagingRole::By::kOffset: return is_last(answer, records) ? std::nullopt : with(std::to_string(records_));
      case PagingRole::By::kLinkHeader: {
        const auto begin = answer.link.find('<');
        const auto end = answer.link.find('>', begin);
        const bool is_next = answer.link.contains("rel=\"next\"") || answer.link.contains("rel=next");
        return is_next && end != std::string::npos ? linked(answer, answer.link.substr(begin + 1, end - begin - 1)) : std::nullopt;
      }
      case PagingRole::By::kCursor:
      case PagingRole::By::kNextUrl: {
        const Json document = Json::parse(answer.body, nullptr, false);
        const std::string next = document.is_discarded() ? "" : text_at(document, paging.next);
        if (next.empty()) {
          return std::nullopt;
        }
        return paging.by == PagingRole::By::kCursor ? with(next) : linked(answer, next);
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string> with(const std::string& value) const {
    return asked_ + fmt::format("{}={}", percent_encode(listing_.paging.parameter), percent_encode(value));
  }

  // A link may be relative.
  static std::optional<std::string> linked(const ComparedAnswer& answer, const std::string& link) {
    auto url = resolve_url(answer.url, link);
    return url ? std::optional(*std::move(url)) : std::nullopt;
  }

  bool is_last(const ComparedAnswer& answer, const Json& records) const {
    const Json document = listing_.answer.ndjson ? Json() : Json::parse(answer.body, nullptr, false);
    const auto said = [&](const std::string& place) { return place.empty() || document.is_discarded() ? "" : text_at(document, place); };
    const auto total = parse_integer(said(listing_.answer.total));
    return records.empty() || said(listing_.answer.has_more) == "false" || (total && static_cast<std::int64_t>(records_) >= *total);
  }

  const Listing& listing_;
  const std::string asked_;
  std::size_t pages_ = 0;
  std::size_t records_ = 0;
};

}  // namespace

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
  NextPage next_page(listing, path, query);
  std::string target = query.empty() ? path : path + "?" + query;
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
    read.pages.push_back(*std::move(records));
    if (!next || *next == target) {
      read.is_whole = !next;
      return read;
    }
    target = *next;
  }
  return read;
}

}  // namespace lakeflow
