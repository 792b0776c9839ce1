#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "simulator/api/listing_query.h"

namespace lakeflow {

// A list that was begun to be read page by page.
struct PagedQuery {
  std::string path;  // of the list
  ListingQuery query;
  std::optional<RecordList> records;  // what was found at first, where the pages are cut from it
  TimestampMicros begun = 0;
};

// The lists whose further pages may be asked for by a token; the oldest of more than 1,000 give way to new ones. Thread-safe.
class KeptPages {
 public:
  explicit KeptPages(std::uint64_t seed) : seed_(seed) {}

  struct Place {
    std::string name;  // of the list
    std::shared_ptr<const PagedQuery> paged;
    std::size_t offset = 0;
  };

  // Keeps a list, and returns its name.
  std::string keep(std::shared_ptr<const PagedQuery> paged);
  // What a client says to get the page of a kept list; opaque to it.
  static std::string token(std::string_view name, std::size_t offset);
  // Nothing where it is no token, or its list has given way.
  std::optional<Place> find(std::string_view token) const;

 private:
  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::uint64_t kept_ = 0;
  std::unordered_map<std::string, std::shared_ptr<const PagedQuery>> lists_;
  std::deque<std::string> by_age_;
};

}  // namespace lakeflow
