#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "simulator/fhir/operation_outcome.h"
#include "simulator/fhir/resource_text.h"

namespace lakeflow {

// How a version came to be, for history.
enum class WriteMethod { kPost, kPut, kDelete };

// One version of one resource. Never changes once it is stored, and lives as long as the store, so that a search may keep
// pointers to what it found.
struct ResourceVersion {
  std::string type;
  std::string id;
  std::uint64_t version = 1;
  WriteMethod method = WriteMethod::kPut;
  bool created = false;  // there was no living version before
  TimestampMicros last_updated = 0;
  std::optional<std::string> last_updated_text;  // as it stands in the text; none where the text has none
  std::string text;                              // the resource as it is served; empty where it was deleted
  bool deleted() const { return method == WriteMethod::kDelete; }
};

// What is to be written.
struct ResourceWrite {
  WriteMethod method = WriteMethod::kPut;
  std::string type;
  std::string id;
  std::string text = {};                                   // not for kDelete
  ResourceOutline outline = {};                            // of text
  std::optional<std::uint64_t> if_version = std::nullopt;  // refused with 412 where another version stands
  std::optional<std::uint64_t> version = std::nullopt;     // instead of the next one
  TimestampMicros last_updated = 0;
  std::optional<std::string> last_updated_text = std::nullopt;  // as it is to stand in the text
};

// Half-open: [from, until).
struct TimeRange {
  std::optional<TimestampMicros> from;
  std::optional<TimestampMicros> until;
};

// All versions of all resources, in memory, indexed by type and time. Thread-safe: many readers, one writer.
class ResourceStore {
 public:
  // Writes all or, where one is refused, none. A delete of what is not there changes nothing and gives null at its place.
  // `stamp` sets the times of the writes; it is called under the writer's lock, so that who reads a time sees all before it.
  using Stamp = std::function<void(std::span<ResourceWrite>)>;
  Granted<std::vector<const ResourceVersion*>> write(std::vector<ResourceWrite> writes, const Stamp& stamp);

  // The newest version, perhaps a deletion; null where there never was one.
  const ResourceVersion* find(std::string_view type, std::string_view id) const;

  // The living resources of a type whose last update is in the range; oldest first.
  std::vector<const ResourceVersion*> current(std::string_view type, const TimeRange& range) const;

  // Versions, newest first, no older than `since`. An empty type means all, an empty id all of the type.
  std::vector<const ResourceVersion*> history(std::string_view type, std::string_view id, std::optional<TimestampMicros> since) const;

  // Living resources.
  std::uint64_t count() const;

 private:
  struct Entry {
    ResourceVersion version;
    bool superseded = false;
  };
  struct Shelf {
    std::deque<Entry> entries;                            // never moved
    std::unordered_map<std::string_view, Entry*> newest;  // by id
    std::vector<Entry*> by_time;                          // all versions; equal times in the order of writing
  };

  const ResourceVersion* write_one(ResourceWrite write);
  const Shelf* shelf(std::string_view type) const;

  mutable std::shared_mutex mutex_;
  std::map<std::string, Shelf, std::less<>> shelves_;
  std::uint64_t living_ = 0;
};

}  // namespace lakeflow
