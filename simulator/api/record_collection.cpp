#include "simulator/api/record_collection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "simulator/api/json_place.h"

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
    place(std::move(shared));
  }
}

bool RecordCollection::remove(std::string_view key) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(late_, [&](const RecordPointer& record) { return record->key == key; });
  const auto found = places_.find(key);
  if (found == places_.end()) {
    return false;
  }
  const std::size_t place = found->second;
  records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(place));
  places_.erase(found);
  for (auto& [other, at] : places_) {
    at -= at > place ? 1 : 0;
  }
  return true;
}

RecordPointer RecordCollection::find(std::string_view key, TimestampMicros now) {
  const std::scoped_lock lock(mutex_);
  take_what_is_due(now);
  const auto found = places_.find(key);
  return found == places_.end() ? nullptr : records_[found->second];
}

RecordList RecordCollection::all(TimestampMicros now) {
  const std::scoped_lock lock(mutex_);
  take_what_is_due(now);
  return records_;
}

void RecordCollection::take_what_is_due(TimestampMicros now) {
  std::erase_if(late_, [&](RecordPointer& record) {
    const bool is_due = record->seen_from <= now;
    if (is_due) {
      place(record);
    }
    return is_due;
  });
}

void RecordCollection::place(RecordPointer record) {
  const auto [at, is_new] = places_.try_emplace(record->key, records_.size());
  if (is_new) {
    records_.push_back(std::move(record));
  } else {
    records_[at->second] = std::move(record);
  }
}

}  // namespace lakeflow
