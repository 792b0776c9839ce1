#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "sources/interface/offset.h"
#include "sources/rest/cursor_value.h"

namespace lakeflow {

// The records around the place that was read up to, which will be asked for once more: by a hash each, in the keyed state. So what shares a time with
// the last record, comes late or lies in the future is brought once. Used by one thread at a time.
class SeenRecords {
 public:
  // What was committed under this prefix of keys; nothing where there is no state (a preview). Each stream of a table has a prefix of its own: what
  // one of them has forgotten, as its place went on, another one is asked for still.
  static Result<SeenRecords> load(const StateLookup* state, std::string_view prefix);

  bool contains(const std::string& identity) const { return entries_.contains(identity); }
  void add(std::string identity, CursorValue value);
  // Forgets those below the value.
  void forget_below(CursorValue value);

  bool has_changed() const { return !changed_.empty(); }
  // What changed since the last call.
  StateDelta take_changes();

 private:
  explicit SeenRecords(std::string_view prefix) : prefix_(prefix) {}

  struct Entry {
    CursorValue value = 0;
    bool is_committed = false;
  };
  std::string prefix_;
  std::unordered_map<std::string, Entry> entries_;
  std::multimap<CursorValue, std::string> by_value_;
  std::set<std::string> changed_;
};

// A hash over the texts, each for itself: 128 bits in 32 letters.
std::string identity_of(std::string_view text);

}  // namespace lakeflow
