// Checks of offsets and state: what an ingest that is killed, stopped or started again relies on.

#include <nlohmann/json.hpp>

#include <algorithm>
#include <expected>
#include <set>
#include <thread>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kMostPlaces = 12;  // from which a table is read on
constexpr double kPatience = 1.0;        // seconds: how long a reader may take to see that it is to stop (record_reader.h)

// A snapshot is read as a whole: it has no offsets to go on from.
std::optional<Finding> no_offsets(TableTrial& trial) {
  if (trial.type() == IngestionType::kSnapshot) {
    return skipped("a snapshot is read as a whole, and has no offsets");
  }
  return trial.obstacle();
}

Finding offset_stands_at_its_end(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  const TableReading& reading = trial.full();
  return reading.last_place() != nullptr && reading.places.back().rows == reading.rows.size()
             ? passed("{} offsets on the way", reading.places.size())
             : failed("there is no offset after the end: the next run reads all again");
}

Finding offsets_are_json(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  std::size_t longest = 0;
  for (const ReadPlace& place : trial.full().places) {
    longest = std::max(longest, place.offset.json().size());
    if (!nlohmann::json::accept(place.offset.json())) {
      return failed("an offset is no JSON");
    }
    if (place.offset.json().size() > kMaximumOffsetBytes) {
      return failed("an offset of {} KB; at most {} are kept", place.offset.json().size() >> 10U, kMaximumOffsetBytes >> 10U);
    }
  }
  return passed("the longest has {} bytes", longest);
}

Finding offsets_go_forward(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  std::set<std::string> seen;
  const std::string* last = nullptr;
  for (const ReadPlace& place : trial.full().places) {
    if (last != nullptr && *last == place.offset.json()) {
      continue;
    }
    if (!seen.insert(place.offset.json()).second) {
      return failed("after {} rows the offset is one that it had before", place.rows);
    }
    last = &place.offset.json();
  }
  return passed("{} different ones", seen.size());
}

Finding state_is_bounded(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  const TableReading& reading = trial.full();
  const std::size_t bytes = reading.state.bytes();
  const std::size_t bound = (64U << 10U) + 200 * reading.rows.size();
  return bytes <= bound ? passed("{} {} with {} bytes after {} rows", reading.state.entries(), reading.state.entries() == 1 ? "entry" : "entries",
                                 bytes, reading.rows.size())
                        : failed("{} KB of keyed state after {} rows: it grows faster than what is read", bytes >> 10U, reading.rows.size());
}

std::vector<ReadPlace> some_places(const std::vector<ReadPlace>& places) {
  if (places.size() <= kMostPlaces) {
    return places;
  }
  std::vector<ReadPlace> some;
  for (std::size_t i = 0; i < kMostPlaces; ++i) {
    some.push_back(places[i * (places.size() - 1) / (kMostPlaces - 1)]);
  }
  return some;
}

Finding resumes_at_each_offset(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  const TableReading& full = trial.full();
  if (full.places.empty()) {
    return skipped("there are no offsets");
  }
  const std::vector<ReadPlace> places = some_places(full.places);
  for (const ReadPlace& place : places) {
    if (auto wrong = trial.goes_on_from(full, &place, "from the offset")) {
      return *std::move(wrong);
    }
  }
  return passed("from {} of {} offsets", places.size(), full.places.size());
}

// From the end of a reading on.
TableReading read_on(TableTrial& trial, const TableReading& first, bool deletes) {
  ReadRequest read = trial.plain_read();
  read.deletes = deletes;
  read.offset = first.last_place()->offset;
  read.state = first.state;
  return trial.read_anew(read);
}

// The table read on from its end, or why it can't be.
std::expected<TableReading, Finding> read_on_from_end(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return std::unexpected(*std::move(none));
  }
  const TableReading& full = trial.full();
  if (full.last_place() == nullptr || full.rows.empty()) {
    return std::unexpected(skipped("{}", full.rows.empty() ? "the table has no rows" : "there is no offset at its end"));
  }
  TableReading again = read_on(trial, full, false);
  if (again.error) {
    return std::unexpected(trial.ended_with("read on from its end", *again.error));
  }
  return again;
}

std::size_t repeated_rows(const TableReading& first, const TableReading& again) {
  const std::set<ReadRow> known(first.rows.begin(), first.rows.end());
  return static_cast<std::size_t>(std::ranges::count_if(again.rows, [&](const ReadRow& row) { return known.contains(row); }));
}

// Whether a reading from the start ends before the table does, told by the rows that came when it was read on from there. A source that changes has
// new ones, too: proof is only what a reading from the start leaves out, though it was there before and after.
std::optional<Finding> ends_too_early(TableTrial& trial, const TableReading& read_on_first) {
  const TableReading from_start = trial.read_anew(trial.plain_read());
  const TableReading read_on_last = read_on(trial, trial.full(), false);
  for (const TableReading* const reading : {&from_start, &read_on_last}) {
    if (reading->error) {
      return trial.ended_with("read once more, as rows were new", *reading->error);
    }
  }
  std::vector<ReadRow> standing = read_on_first.rows;
  std::erase_if(standing, &ReadRow::deleted);  // of what is gone a reading from the start need not tell
  const std::size_t left_out = compare_rows(trial.table(), standing, from_start.rows, read_on_last.rows).missing;
  if (left_out == 0) {
    return std::nullopt;
  }
  Finding finding = failed(
      "it is not caught up: a reading from the start ends after {}, and {} more come when it is read on, which another reading from the start leaves "
      "out again",
      count_of(trial.full().rows.size(), "row"), left_out);
  finding.next_step = "ask for the next page until the source says that there is none: how does its list page, and is that described?";
  return finding;
}

Finding brings_nothing_again_when_caught_up(TableTrial& trial) {
  const auto read = read_on_from_end(trial);
  if (!read) {
    return read.error();
  }
  const TableReading& again = *read;
  const TableReading& full = trial.full();
  const std::size_t repeated = repeated_rows(full, again);
  if (repeated > 0 && (repeated * 2 >= full.rows.size() || trial.type() == IngestionType::kAppend)) {
    return failed("{} of {} rows come once more", repeated, full.rows.size());
  }
  const std::size_t added = again.rows.size() - repeated;
  if (added > 0) {
    if (auto early = ends_too_early(trial, again)) {
      return *std::move(early);
    }
  }
  const TableReading* const deletes = trial.deletes();
  std::size_t repeated_deletes = 0;
  if (deletes != nullptr && deletes->last_place() != nullptr) {
    const TableReading deletes_again = read_on(trial, *deletes, true);
    if (deletes_again.error) {
      return trial.ended_with("its deletes, read on from their end", *deletes_again.error);
    }
    repeated_deletes = repeated_rows(*deletes, deletes_again);
    if (repeated_deletes > 0 && repeated_deletes == deletes->rows.size()) {
      return failed("all {} come once more: who comes back after its deletion is deleted again", count_of(repeated_deletes, "delete"));
    }
  }
  return passed("{} rows came again, {} were new{}{}", repeated, added, added == 0 ? "" : ", as the source changes",
                deletes == nullptr ? "" : fmt::format("; {} came again", count_of(repeated_deletes, "delete")));
}

std::uint64_t not_asked_for(const TableReading& reading) {
  const auto found = reading.filtered.find(std::string(kNotAskedFor));
  return found == reading.filtered.end() ? 0 : found->second;
}

// What the source sends once more, whether the reader returns it or not: who asks by a filter that the source does not know is sent everything.
Finding asks_only_for_what_is_new(TableTrial& trial) {
  const auto read = read_on_from_end(trial);
  if (!read) {
    return read.error();
  }
  const TableReading& again = *read;
  const TableReading& full = trial.full();
  if (const std::uint64_t older = not_asked_for(again); older > 0) {
    return failed("read on from its end: the source sends {} records that are older than what was asked for: it ignores the filter", older);
  }
  if (const TableReading* const deletes = trial.deletes(); deletes != nullptr && deletes->last_place() != nullptr) {
    const TableReading deletes_again = read_on(trial, *deletes, true);
    if (deletes_again.error) {
      return trial.ended_with("its deletes, read on from their end", *deletes_again.error);
    }
    if (const std::uint64_t older = not_asked_for(deletes_again); older > 0) {
      return failed("its deletes, read on from their end: the source sends {} that are older than what was asked for: it ignores the filter", older);
    }
  }
  const std::uint64_t sent = again.records_sent();
  const std::uint64_t sent_at_first = full.records_sent();
  if (sent >= sent_at_first) {
    return skipped("all {} records were sent again: they may be so new that they have to, or the source has no filter", sent);
  }
  return passed("read on from its end: {} of {} records were sent again", sent, sent_at_first);
}

// A deadline ends a read in its middle, and nothing is lost by that.
Finding goes_on_after_a_deadline(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  ReadRequest read = trial.plain_read();
  read.deadline = std::chrono::steady_clock::now();
  const TableReading first = trial.read_anew(read);
  if (first.error) {
    return trial.ended_with("with a deadline that has passed", *first.error);
  }
  if (auto wrong = trial.goes_on_from(first, first.last_place(), "after a deadline")) {
    return *std::move(wrong);
  }
  return passed("{} rows before the deadline", first.last_place() == nullptr ? 0 : first.last_place()->rows);
}

// A stop in the middle: the call that is under way ends soon, and an interruption is called one.
Finding obeys_a_stop(TableTrial& trial) {
  if (trial.full().error) {
    return skipped("the table can't be read to its end (reads_to_its_end says why)");
  }
  std::stop_source stop;
  ReadRequest read = trial.plain_read();
  read.stop = stop.get_token();
  std::chrono::steady_clock::time_point asked;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  const TableReading reading = trial.read_anew(read);
  const auto ended = std::chrono::steady_clock::now();
  if (!stop.stop_requested()) {
    return skipped("the reading was over before it could be stopped");
  }
  const double seconds = std::chrono::duration<double>(ended - asked).count();
  if (reading.error && reading.error->kind() != ErrorKind::kInterrupted) {
    return trial.ended_with(fmt::format("a stop is told as a fault of kind {}", error_kind_name(reading.error->kind())), *reading.error);
  }
  if (seconds > kPatience && reading.slowest_call > kPatience) {
    return failed("it went on for {:.1f} s after it was asked to stop, {:.1f} s of it in one call", seconds, reading.slowest_call);
  }
  return passed("{} after {:.0f} ms", reading.error ? "it ended" : "it was done", seconds * 1000);
}

// Stopped at some moment, what was returned by then is committed with the offset that the reader has then; another process goes on from there.
Finding loses_nothing_at_a_stop(TableTrial& trial) {
  if (auto none = no_offsets(trial)) {
    return *std::move(none);
  }
  const auto began = std::chrono::steady_clock::now();
  ReadRequest whole = trial.plain_read();
  whole.commits_at_the_end = true;
  static_cast<void>(trial.read_anew(whole));
  const auto duration = std::chrono::steady_clock::now() - began;
  constexpr int kMoments = 24;
  int stopped = 0;
  for (int moment = 1; moment <= kMoments; ++moment) {
    std::stop_source stop;
    ReadRequest read = whole;
    read.stop = stop.get_token();
    TableReading first;
    {
      const std::jthread stopper([&] {
        std::this_thread::sleep_for(duration * moment / kMoments);
        stop.request_stop();
      });
      first = trial.read_anew(read);
    }
    if (!first.error) {
      continue;
    }
    ++stopped;
    if (auto wrong = trial.goes_on_from(first, first.last_place(), "after a stop")) {
      return *std::move(wrong);
    }
  }
  return stopped > 0 ? passed("stopped {} times", stopped) : skipped("the reading was over before it could be stopped");
}

}  // namespace

std::vector<TableCheckOf> resume_checks() {
  return {
      {"offset_stands_at_its_end", "runs that read all again", "give an offset after the last record as well", offset_stands_at_its_end},
      {"offsets_are_json", "a place that can't be kept, or not be read by a person",
       "keep an offset small: what grows with the source belongs into the keyed state (offset.h)", offsets_are_json},
      {"offsets_go_forward", "a run that goes round in a circle", "let an offset tell of all that was returned so far", offsets_go_forward},
      {"state_is_bounded", "runs that grow slower with each day", "forget entries of the keyed state that no later read looks for", state_is_bounded},
      {"resumes_at_each_offset", "rows around the moment in which a process was killed",
       "let offset() tell of what was returned, neither of less nor of what is asked for next", resumes_at_each_offset},
      {"brings_nothing_again_when_caught_up", "rows that are doubled, read for nothing, or left for a later run",
       "read on from the offset: is the filter sent, and does the place go forward with what came?", brings_nothing_again_when_caught_up},
      {"asks_only_for_what_is_new", "runs that have the source send all again",
       "is the filter's parameter spelt as the API has it, and does the API take it together with the others?", asks_only_for_what_is_new},
      {"goes_on_after_a_deadline", "rows around the end of a time slice", "at a deadline return End::kLimit, with the offset of what was returned",
       goes_on_after_a_deadline},
      {"loses_nothing_at_a_stop", "rows that were in hand when somebody pressed Ctrl-C",
       "look at the stop before a page is asked for, and count it as read once it is returned", loses_nothing_at_a_stop},
      {"obeys_a_stop", "a process that has to be killed", "pass ReadContext::stop to whatever waits, and return Error::interrupted", obeys_a_stop}};
}

}  // namespace lakeflow
