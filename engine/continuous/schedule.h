#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// When to run, and which tables: plain arithmetic on the times that it is told, which never go back (a steady clock's).
//
// There is a beat every interval, give or take the jitter, and all tables run on it together, because tables that stand at the same
// offset are read together. A table that failed n times in a row sits out interval · 2^n, or the longest back-off where that is
// shorter, and is tried at the first beat after that; so the others go on undisturbed, and one that recovered is back on the beat.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  struct Rhythm {
    Duration interval{};
    double jitter = 0;  // 0 to 0.5
    Duration longest_back_off{};
  };

  // The first beat is at `now`. The seed decides the jitter.
  Schedule(std::vector<std::string> tables, Rhythm rhythm, Time now, std::uint64_t seed);

  Time next_beat() const { return next_beat_; }
  // The next beat begins now: the tables whose turn it is, perhaps none, in their order. The following beat is an interval away, or
  // is at once where a run takes longer than that; missed ones are not caught up.
  std::vector<std::string> begin_beat(Time now);

  // Of these tables those that sit out nothing at this time, in the schedule's order: they may be read between two beats.
  std::vector<std::string> ready_among(const std::vector<std::string>& tables, Time now) const;

  void succeeded(std::string_view table);
  void failed(std::string_view table, Time now);

  std::vector<std::string> tables() const;
  // Failures in a row.
  std::uint32_t failures(std::string_view table) const;
  // No earlier than this; a beat is at or after it.
  Time next_try(std::string_view table) const;

 private:
  struct Table {
    std::string name;
    std::uint32_t failures = 0;
    Time sits_out_until;
  };
  Duration jittered(Duration duration);
  const Table& find(std::string_view table) const;
  Table& find(std::string_view table);

  std::vector<Table> tables_;
  const Rhythm rhythm_;
  Time next_beat_;
  std::minstd_rand random_;
};

}  // namespace lakeflow
