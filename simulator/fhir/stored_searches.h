#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "simulator/fhir/search_query.h"

namespace lakeflow {

// A search as it was answered first: its pages are cut from this.
struct StoredSearch {
  SearchQuery query;
  std::vector<const ResourceVersion*> results;
  std::size_t page_size = 0;
};

// One page of a stored search.
struct SearchPage {
  std::shared_ptr<const StoredSearch> search;
  std::size_t offset = 0;
};

// The searches whose pages may still be asked for; the oldest give way to new ones. Thread-safe.
class StoredSearches {
 public:
  explicit StoredSearches(std::uint64_t seed) : seed_(seed) {}

  // Keeps a search, and returns its name.
  std::string keep(std::shared_ptr<const StoredSearch> search);
  // What a link says to get the page of a kept search, opaque to clients.
  static std::string token(std::string_view name, std::size_t offset);
  // The page and the name of its search, or nothing where there is no such search (any more).
  std::optional<std::pair<SearchPage, std::string>> find(std::string_view token) const;

 private:
  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::uint64_t kept_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const StoredSearch>> searches_;
  std::deque<std::string> by_age_;
};

}  // namespace lakeflow
