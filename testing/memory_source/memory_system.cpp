#include "testing/memory_source/memory_system.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace lakeflow {
namespace {

// SplitMix64: well mixed, and the same everywhere.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t name_number(std::string_view name) {
  std::uint64_t number = 0xcbf29ce484222325U;
  for (const char character : name) {
    number = (number ^ static_cast<std::uint8_t>(character)) * 0x100000001b3U;
  }
  return number;
}

// A permutation of 0 … length-1 without a table of it: a Feistel network over the next even power of two, walked until it
// falls inside.
std::uint64_t permuted(std::uint64_t place, std::uint64_t length, std::uint64_t seed) {
  std::uint64_t half_bits = 1;
  while ((std::uint64_t{1} << (2 * half_bits)) < length) {
    ++half_bits;
  }
  const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
  do {
    std::uint64_t left = place >> half_bits;
    std::uint64_t right = place & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      left = std::exchange(right, left ^ (mix(right ^ mix(seed + round)) & mask));
    }
    place = (left << half_bits) | right;
  } while (place >= length);
  return place;
}

std::string time_text(std::uint64_t step) {
  constexpr TimestampMicros kBegin = 1'714'521'600'000'000;  // 2024-05-01
  return format_utc(kBegin + static_cast<TimestampMicros>(step) * 250'000);
}

}  // namespace

std::vector<MemoryTable> MemorySystem::all_kinds() {
  return {{.name = "events", .type = IngestionType::kAppend, .pass_group = {}, .deletes_in_stream = true},
          {.name = "patients", .type = IngestionType::kCdc, .pass_group = {}, .deletes_in_stream = true},
          {.name = "orders", .type = IngestionType::kCdcWithDeletes, .pass_group = {}, .deletes_in_stream = true},
          {.name = "beds", .type = IngestionType::kCdcWithDeletes, .pass_group = {}, .deletes_in_stream = false},
          {.name = "wards", .type = IngestionType::kSnapshot, .pass_group = {}, .deletes_in_stream = true},
          {.name = "messages", .type = IngestionType::kAppend, .pass_group = "feed", .deletes_in_stream = true},
          {.name = "visits", .type = IngestionType::kCdc, .pass_group = "feed", .deletes_in_stream = true},
          {.name = "results", .type = IngestionType::kCdcWithDeletes, .pass_group = "feed", .deletes_in_stream = true}};
}

const MemoryTable* MemorySystem::find(std::string_view name) const {
  const auto table = std::ranges::find(tables_, name, &MemoryTable::name);
  return table == tables_.end() ? nullptr : &*table;
}

void MemorySystem::set_length(std::uint64_t length, std::uint64_t per_call, std::uint64_t up_to) {
  const std::lock_guard lock(mutex_);
  length_ = length;
  per_call_ = per_call;
  up_to_ = std::max(length, up_to);
}

std::uint64_t MemorySystem::length() const {
  const std::lock_guard lock(mutex_);
  return length_;
}

void MemorySystem::called() {
  const std::lock_guard lock(mutex_);
  length_ = std::min(length_ + per_call_, std::max(length_, up_to_));
}

void MemorySystem::set_behaviour(const std::string& table, MemoryBehaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviours_.insert_or_assign(table, std::move(behaviour));
}

MemoryBehaviour MemorySystem::behaviour(std::string_view table) const {
  const std::lock_guard lock(mutex_);
  const auto found = behaviours_.find(table);
  return found == behaviours_.end() ? MemoryBehaviour() : found->second;
}

MemoryEntry MemorySystem::entry(const MemoryTable& table, std::uint64_t place) const {
  if (content_.shuffle_seed != 0 && place < content_.shuffled) {
    place = permuted(place, content_.shuffled, content_.shuffle_seed);
  }
  const std::string& log = table.pass_group.empty() ? table.name : table.pass_group;
  const std::uint64_t dice = mix(mix(content_.seed ^ name_number(log)) ^ place);
  const std::uint64_t key = mix(dice) % content_.keys;
  // Of a group each entry is of one of its tables, or of all.
  std::string kind = log;
  if (!table.pass_group.empty()) {
    std::vector<std::string> kinds = {"all", "none"};
    for (const MemoryTable& other : tables_) {
      if (other.pass_group == table.pass_group) {
        kinds.insert(kinds.end(), 3, other.name);
      }
    }
    kind = kinds[mix(dice + 1) % kinds.size()];
  }

  MemoryEntry entry;
  entry.key = key;
  const std::uint64_t fate = mix(dice + 2) % 1000;
  const bool bad = fate < content_.bad_per_mille;
  const bool odd = !bad && fate < content_.bad_per_mille + content_.odd_per_mille;
  const std::uint64_t sort = mix(dice + 3);
  // One entry in eight takes its key away. An entry for all tables of a group never does: some of them only grow.
  const MemoryTable* subject = find(kind);
  const bool takes_deletes = subject != nullptr && (subject->type == IngestionType::kCdcWithDeletes || subject->type == IngestionType::kSnapshot);
  if (takes_deletes && !bad && mix(dice + 4) % 8 == 0) {
    entry.operation = Operation::kDelete;
    entry.json = fmt::format(R"({{"kind":"{}","id":"k{}","updated":"{}"}})", kind, key, time_text(place / content_.ties));
    return entry;
  }
  const bool only_grows = subject != nullptr && subject->type == IngestionType::kAppend;
  const std::string id = only_grows ? fmt::format("e{}", place) : fmt::format("k{}", key);
  entry.json = fmt::format(R"({{"kind":"{}","id":"{}","updated":"{}","number":{},"amount":{}.{:02},"name":"name {}",)", kind, id,
                           time_text(place / content_.ties), sort >> 12U, sort % 100000, sort % 100, sort % 1000);
  entry.json += fmt::format(R"("details":{{"site":"site {}","flags":[{},{}]}},"tags":["t{}","t{}"])", sort % 7, (sort & 1U) != 0, (sort & 2U) != 0,
                            sort % 11, sort % 13);
  if (odd) {
    entry.json += (sort & 4U) != 0 ? R"(,"surplus":[1,2])" : R"(,"number":"no number")";
  }
  entry.json += "}";
  if (bad) {
    entry.bad = true;
    switch (sort % 4) {
      case 0: entry.broken = "torn_record"; break;
      case 1: entry.json.resize(entry.json.size() / 2); break;
      case 2: entry.filtered = "not_wanted"; break;
      default: entry.json = fmt::format(R"({{"kind":"{}","id":null,"updated":null,"number":{}}})", kind, place);
    }
  }
  return entry;
}

void MemorySystem::set_listener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void MemorySystem::announce(const std::vector<std::string>& tables) {
  Listener listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) {
    listener(tables);
  }
}

void MemorySystem::hang() {
  std::unique_lock lock(mutex_);
  ++hanging_;
  changed_.wait(lock, [this, before = releases_] { return releases_ > before; });
  --hanging_;
  changed_.notify_all();
}

void MemorySystem::release() {
  std::unique_lock lock(mutex_);
  ++releases_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return hanging_ == 0; });
}

}  // namespace lakeflow
