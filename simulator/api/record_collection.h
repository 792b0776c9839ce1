#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "simulator/api/time_format.h"

namespace lakeflow {

// One record of an endpoint, or one entry of its deletes feed.
struct ApiRecord {
  std::string text;              // as it came, or as it was written: what is sent
  nlohmann::ordered_json value;  // the same, parsed
  std::string key;
  std::optional<TimestampMicros> modified;
  TimestampMicros seen_from = 0;  // by the simulator's own clock: later than `modified` where the commit comes late
};

using RecordPointer = std::shared_ptr<const ApiRecord>;
using RecordList = std::vector<RecordPointer>;

// What the records of a collection have in common.
struct RecordShape {
  std::string key;
  std::string modified;  // empty: they bear no time
  TimeFormat format = TimeFormat::kIso;
};

// The records of an endpoint by their keys. Their order is the same at each look and has nothing to do with their times, their keys or when they
// came: a connector that relies on an order has to ask for it. Thread-safe.
class RecordCollection {
 public:
  explicit RecordCollection(RecordShape shape) : shape_(std::move(shape)) {}

  // A user error where the text is no JSON object with a key.
  Result<ApiRecord> parse(std::string text) const;
  Result<ApiRecord> make(nlohmann::ordered_json value) const;

  // Takes the place of the record with its key, if there is one. A record that is to be seen later is put aside until then.
  void put(ApiRecord record);
  // False where there is none of this key.
  bool remove(std::string_view key);

  // What is seen at that time of the simulator's own clock.
  RecordPointer find(std::string_view key, TimestampMicros now);
  RecordList all(TimestampMicros now);

  const RecordShape& shape() const { return shape_; }

 private:
  // What the records are ordered by: a hash of the key, and the key.
  using Place = std::pair<std::uint64_t, std::string>;
  static Place place_of(std::string_view key);
  void take_what_is_due(TimestampMicros now);

  const RecordShape shape_;
  std::mutex mutex_;
  std::map<Place, RecordPointer> records_;
  RecordList late_;
};

}  // namespace lakeflow
