#include "simulator/comparison/page_comparison.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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

  // The last page need not say a next one.
  const bool is_full = live.pages[page].size() >= listing.paging.default_size;
  for (const std::string& place :
       {listing.answer.total, listing.answer.page, listing.answer.pages, listing.answer.has_more, is_full ? listing.paging.next : std::string()}) {
    if (!place.empty() && lacks(live.answers[page], place) && (page == 0 || !lacks(live.answers[0], place))) {
      differences.push_back(fmt::format("the live body has nothing at {}", place));
    }
  }
  const Json document = listing.paging.next.empty() ? Json() : Json::parse(live.answers[page].body, nullptr, false);
  if (const Json* const next = find_at(document, listing.paging.next); page == 0 && next != nullptr && next->is_structured()) {
    differences.push_back(fmt::format("the live body has more than a text at {}", listing.paging.next));
  }
  return differences;
}

}  // namespace lakeflow
