#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace lakeflow {

// Whether a search that was read by its next links gave everything. Servers that cut pages from what a search finds by then shift them: what is
// deleted or changed behind the reader's place moves a resource over a page's edge, unread. A reading is known to be whole when
//
//   - it was one page; or
//   - it gave as many different versions as the server counted at its first page, the count stayed the same from page to page, and nothing
//     in it was changed since that page; or
//   - the reading after it gave all of its versions again: so nothing behind its place went away while it was read. (The same proves it for
//     servers that do not count, or only estimate.)
//
// Remembers 8 bytes for each version of two readings.
class PagingProof {
 public:
  // Of another search: what was read before proves nothing for it.
  void begin_search() { *this = PagingProof(); }
  // Of the same search again; what a reading that broke off gave is forgotten.
  void begin_reading();

  // `total` is Bundle.total, `date` the server's clock.
  void take_page(std::optional<std::uint64_t> total, std::optional<TimestampMicros> date);
  // A version on the page that was taken last; without a time where it has none.
  void take_version(std::uint64_t hash, std::optional<TimestampMicros> last_updated);

  // At the end of a reading, once: whether it, or the one before it, was whole, and so all that was returned.
  bool holds();

  // After holds(): the reading gave fewer versions than the server counted at its first page. Where the count is no estimate, something is missing.
  bool falls_short() const { return falls_short_; }

  std::size_t versions() const { return versions_.size(); }
  int readings() const { return readings_; }  // that came to their end

 private:
  std::vector<std::uint64_t> versions_;
  std::optional<std::vector<std::uint64_t>> before_;  // those of the last reading, sorted
  int readings_ = 0;
  bool falls_short_ = false;

  std::uint64_t pages_ = 0;
  std::optional<std::uint64_t> total_;
  std::optional<TimestampMicros> begun_;
  std::optional<TimestampMicros> page_date_;
  bool is_still_ = true;  // nothing that the second rule excludes was seen
};

}  // namespace lakeflow
