#include "simulator/api/record_collection.h"

#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "simulator/api/json_place.h"
#include "simulator/faults/seeded_number.h"

namespace lakeflow {

Result<ApiRecord> RecordCollection::parse(std::string text) const {
  auto value = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!value.is_object()) {
    return std::unexpected(Error::user("a record is no JSON object"));
  }
  LAKEFLOW_ASSIGN(ApiRecord record, make(std::move(value)));
  record.text = std::move(text);
  return record;
}

Result<ApiRecord> RecordCollection::make(nlohmann::ordered_json value) const {
  ApiRecord record{.text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
                   .value = std::move(value),
                   .key = {},
                   .modified = std::nullopt};
  record.key = text_at(record.value, shape_.key);
  if (record.key.empty()) {
    return std::unexpected(Error::user(fmt::format("a record has no {}, its key", shape_.key), "name the field: key: number"));
  }
  if (const auto* time = shape_.modified.empty() ? nullptr : find_at(record.value, shape_.modified)) {
    record.modified = time_in(shape_.format, *time);
  }
  return record;
}

void RecordCollection::put(ApiRecord record) {
  const std::scoped_lock lock(mutex_);
  auto shared = std::make_shared<const ApiRecord>(std::move(record));
  if (shared->seen_from > 0) {
    late_.push_back(std::move(shared));
  } else {
    records_.insert_or_assign(place_of(shared->key), shared);
  }
}

bool RecordCollection::remove(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(late_, [&](const RecordPointer& record) { return record->key == key; });
  return records_.erase(place_of(key)) > 0;
}

RecordPointer RecordCollection::find(std::string_view key, TimestampMicros now) {
  const std::scoped_lock lock(mutex_);
  take_what_is_due(now);
  const auto found = records_.find(place_of(key));
  return found == records_.end() ? nullptr : found->second;
}

RecordList RecordCollection::all(TimestampMicros now) {
  const std::scoped_lock lock(mutex_);
  take_what_is_due(now);
  const auto records = std::views::values(records_);
  return {records.begin(), records.end()};
}

void RecordCollection::take_what_is_due(TimestampMicros now) {
  std::erase_if(late_, [&](const RecordPointer& record) {
    const bool is_due = record->seen_from <= now;
    if (is_due) {
      records_.insert_or_assign(place_of(record->key), record);
    }
    return is_due;
  });
}

RecordCollection::Place RecordCollection::place_of(std::string_view key) {
  std::uint64_t hash = 0;
  for (const char byte : key) {
    hash = seeded_bits(hash, 0, static_cast<unsigned char>(byte));
  }
  return {hash, std::string(key)};
}

}  // namespace lakeflow
