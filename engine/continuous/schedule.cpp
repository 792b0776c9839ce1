#include "engine/continuous/schedule.h"

#include <algorithm>
#include <utility>

namespace lakeflow {

Schedule::Schedule(std::vector<std::string> tables, Rhythm rhythm, Time now, std::uint64_t seed)
    : rhythm_(rhythm), next_beat_(now), random_(static_cast<std::minstd_rand::result_type>(seed)) {
  for (std::string& name : tables) {
    tables_.push_back({.name = std::move(name), .failures = 0, .sits_out_until = now});
  }
}

std::vector<std::string> Schedule::begin_beat(Time now) {
  std::vector<std::string> due;
  for (const Table& table : tables_) {
    if (table.sits_out_until <= now) {
      due.push_back(table.name);
    }
  }
  next_beat_ = now + jittered(rhythm_.interval);
  return due;
}

std::vector<std::string> Schedule::ready_among(const std::vector<std::string>& tables, Time now) const {
  std::vector<std::string> ready;
  for (const Table& table : tables_) {
    if (table.sits_out_until <= now && std::ranges::find(tables, table.name) != tables.end()) {
      ready.push_back(table.name);
    }
  }
  return ready;
}

void Schedule::succeeded(std::string_view table) { find(table).failures = 0; }

void Schedule::failed(std::string_view table, Time now) {
  Table& failing = find(table);
  ++failing.failures;
  // Doubled until it is long enough: no power that could overflow.
  Duration back_off = rhythm_.interval;
  for (std::uint32_t i = 0; i < failing.failures && back_off < rhythm_.longest_back_off; ++i) {
    back_off *= 2;
  }
  // The beats' own jitter is enough, but a try must not miss its beat by it.
  failing.sits_out_until = now + std::chrono::duration_cast<Duration>(std::min(back_off, rhythm_.longest_back_off) * (1 - rhythm_.jitter));
}

std::vector<std::string> Schedule::tables() const {
  std::vector<std::string> names;
  for (const Table& table : tables_) {
    names.push_back(table.name);
  }
  return names;
}

std::uint32_t Schedule::failures(std::string_view table) const { return find(table).failures; }

Schedule::Time Schedule::next_try(std::string_view table) const { return std::max(find(table).sits_out_until, next_beat_); }

Schedule::Duration Schedule::jittered(Duration duration) {
  std::uniform_real_distribution<double> share(-rhythm_.jitter, rhythm_.jitter);
  return std::chrono::duration_cast<Duration>(duration * (1 + share(random_)));
}

const Schedule::Table& Schedule::find(std::string_view table) const { return *std::ranges::find(tables_, table, &Table::name); }
Schedule::Table& Schedule::find(std::string_view table) { return *std::ranges::find(tables_, table, &Table::name); }

}  // namespace lakeflow
