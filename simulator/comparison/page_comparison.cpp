#include "simulator/comparison/page_comparison.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/api/json_place.h"
#include "simulator/comparison/json_members.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// Of the records of the first so many pages.
JsonMembers members_of(const std::vector<Json>& pages, std::size_t count) {
  JsonMembers members;
  for (std::size_t page = 0; page < std::min(count, pages.size()); ++page) {
    for (const Json& record : pages[page]) {
      add_members(record, members);
    }
  }
  return members;
}

// How the records of the first so many pages differ; nothing where one of the two has none.
std::vector<std::string> compare_records(const ComparedList& described, const ComparedList& live, std::size_t count) {
  const JsonMembers ours = members_of(described.pages, count);
  const JsonMembers theirs = members_of(live.pages, count);
  return ours.empty() || theirs.empty() ? std::vector<std::string>() : compare_members(ours, theirs);
}

// Whether a next page is to be expected: by the body's count of all records, else as the page is as large as it is described.
bool has_next_page(const Listing& listing, const Json& document, const ComparedList& live, std::size_t page) {
  std::size_t records = 0;
  for (std::size_t i = 0; i <= page; ++i) {
    records += live.pages[i].size();
  }
  const std::optional<std::int64_t> total =
      listing.answer.total.empty() || document.is_discarded() ? std::nullopt : parse_integer(text_at(document, listing.answer.total));
  return total ? *total > static_cast<std::int64_t>(records) : live.pages[page].size() >= listing.paging.default_size;
}

bool lacks(const ComparedAnswer& answer, const std::string& place) {
  const Json document = Json::parse(answer.body, nullptr, false);
  return !document.is_discarded() && find_at(document, place) == nullptr;
}

}  // namespace

std::string missing_list(const Listing& listing) {
  return listing.answer.records.empty() ? "the live body is no list" : fmt::format("the live body has no list at {}", listing.answer.records);
}

std::vector<std::string> compare_page(const Listing& listing, const ComparedList& described, const ComparedList& live, std::size_t page) {
  if (live.pages.size() <= page) {
    return {missing_list(listing)};
  }
  if (!std::ranges::all_of(live.pages[page], &Json::is_object)) {
    return {"the live list holds what is no object"};
  }
  std::vector<std::string> differences = compare_records(described, live, page + 1);
  const std::vector<std::string> said = compare_records(described, live, page);
  std::erase_if(differences, [&](const std::string& difference) { return std::ranges::find(said, difference) != said.end(); });

  const Json document = Json::parse(live.answers[page].body, nullptr, false);
  const std::string doubt = document.is_discarded() ? "" : doubt_at(document, listing.paging.next);
  // The last page need not say a next one.
  const bool has_next = doubt.empty() && has_next_page(listing, document, live, page);
  for (const std::string& place :
       {listing.answer.total, listing.answer.page, listing.answer.pages, listing.answer.has_more, has_next ? listing.paging.next : std::string()}) {
    if (!place.empty() && lacks(live.answers[page], place) && (page == 0 || !lacks(live.answers[0], place))) {
      differences.push_back(fmt::format("the live body has nothing at {}", place));
    }
  }
  const Json* const next = listing.paging.next.empty() ? nullptr : find_at(document, listing.paging.next);
  if (page == 0 && next != nullptr && next->is_structured()) {
    differences.push_back(fmt::format("the live body has more than a text at {}", listing.paging.next));
  }
  if (page == 0 && !doubt.empty()) {
    differences.push_back(fmt::format("the live body has {}", doubt));
  }
  return differences;
}

}  // namespace lakeflow
