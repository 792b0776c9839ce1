#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// A place in a source from which a later read can go on: a JSON text that only its connector understands,
// under 64 KB. Empty means "from the beginning". Two offsets are the same place when their texts are equal,
// so a connector writes them canonically (fixed order of members, no spaces).
class Offset {
 public:
  Offset() = default;
  explicit Offset(std::string json) : json_(std::move(json)) {}

  bool is_start() const { return json_.empty(); }
  const std::string& json() const { return json_; }

  bool operator==(const Offset&) const = default;

 private:
  std::string json_;
};

inline constexpr std::size_t kMaximumOffsetBytes = 64 * 1024;

// State that grows with the source (which files were read, what was seen at an edge), by key. A reader
// hands out what changed since its last offset(); it is committed in the transaction of that offset. An
// entry without a value removes the key. Whenever the keyed state changes the offset changes too (a counter
// in it will do), so that equal offsets mean equal state.
struct StateDelta {
  using Entries = std::vector<std::pair<std::string, std::optional<std::string>>>;
  Entries entries;
  // Entries that one table of the pass alone has, by its name: what is large and none of the others' business.
  std::map<std::string, Entries> of_table = {};
  bool empty() const { return entries.empty() && of_table.empty(); }
};

// Looks at the committed keyed state of the table (of the pass) that is read. Thread-safe.
class StateLookup {
 public:
  virtual ~StateLookup() = default;
  virtual Result<std::optional<std::string>> find(std::string_view key) const = 0;
  // Every entry whose key starts with the prefix, in the order of keys.
  virtual Status scan(std::string_view prefix, const std::function<Status(std::string_view key, std::string_view value)>& visit) const = 0;
  // Likewise with the entries that one table of the pass alone has (StateDelta::of_table). Who knows of one table only looks at that one's.
  virtual Status scan_of(std::string_view table, std::string_view prefix,
                         const std::function<Status(std::string_view key, std::string_view value)>& visit) const {
    static_cast<void>(table);
    return scan(prefix, visit);
  }
};

}  // namespace lakeflow
