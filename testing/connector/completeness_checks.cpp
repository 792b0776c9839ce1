// Checks that all comes that the source has, however it is read.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sources/interface/row_count.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

// The keys that stand after the reading: of each the last row counts.
std::set<std::string_view> standing_keys(const TableReading& reading) {
  std::set<std::string_view> keys;
  for (const ReadRow& row : reading.rows) {
    row.deleted ? static_cast<void>(keys.erase(row.key)) : static_cast<void>(keys.insert(row.key));
  }
  return keys;
}

// How many rows a source can have that is counted between two readings: those that both brought at least, those that either did at most.
std::pair<std::size_t, std::size_t> rows_between(const TableReading& one, const TableReading& other, bool only_grows) {
  if (only_grows) {
    return std::minmax({one.rows.size(), other.rows.size()});
  }
  const std::set<std::string_view> first = standing_keys(one);
  const std::set<std::string_view> second = standing_keys(other);
  const auto both = static_cast<std::size_t>(std::ranges::count_if(first, [&](std::string_view key) { return second.contains(key); }));
  return {both, first.size() + second.size() - both};
}

std::uint64_t rejects_of(const TableReading& reading) {
  std::uint64_t rejected = 0;
  for (const auto& [reason, rejects] : reading.rejects) {
    rejected += rejects;
  }
  return rejected;
}

Finding brings_all_that_the_source_counts(TableTrial& trial) {
  if (auto obstacle = trial.obstacle()) {
    return *std::move(obstacle);
  }
  if (!trial.start().is_start()) {
    return skipped("the source counts the whole table, and it was read from a time on");
  }
  auto* const counting = dynamic_cast<RowCount*>(&trial.connector());
  if (counting == nullptr) {
    return skipped("the connector has no other way to count a table's rows (RowCount)");
  }
  ReadContext context;
  context.stop = trial.request().stop;
  context.log = &trial.log();
  const auto count_rows = [&] { return counting->count_rows(trial.table().request, context); };
  Result<std::optional<std::uint64_t>> count = count_rows();
  const bool only_grows = trial.type() == IngestionType::kAppend;
  TableReading before = trial.full();
  constexpr int kAttempts = 3;  // what is made and removed between two readings is in neither
  for (int attempt = 1;; ++attempt) {
    if (!count) {
      return skipped("the source can't be asked for its count: {}", count.error().message());
    }
    if (!*count) {
      return skipped("the source does not count this table");
    }
    const std::size_t came = rows_between(before, before, only_grows).first;
    const std::uint64_t rejected = rejects_of(before);
    if (came + rejected == **count) {
      return passed("{} counted, {} came{}", **count, came, rejected == 0 ? "" : fmt::format(", {} were rejected", rejected));
    }
    TableReading after = trial.read_anew(trial.plain_read());
    if (after.error) {
      return trial.ended_with("read once more, as its source counts another number", *after.error);
    }
    const auto [least, most] = rows_between(before, after, only_grows);
    if (least + rejected <= **count && **count <= most + rejected) {
      return passed("{} counted, while between {} and {} came, as the source changes", **count, least, most);
    }
    if (attempt == kAttempts) {
      return failed("the source counts {}, and {} came (and {} were rejected)", **count, came, rejected);
    }
    before = std::move(after);
    count = count_rows();
  }
}

std::string words(const ReadingDifference& difference) {
  std::vector<std::string> parts;
  const std::array named{std::pair{difference.missing, "missing"}, std::pair{difference.doubled, "doubled"},
                         std::pair{difference.unexpected, "that nobody saw before"}, std::pair{difference.changed, "with another content"}};
  for (const auto& [count, word] : named) {
    if (count > 0) {
      parts.push_back(fmt::format("{} {}", count, word));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// A reading once more, between one before and one behind it (`read_afresh`). What differs is read so again, as a row that was made and removed
// meanwhile is in neither of the others.
Finding compare_with(const TableReading& first, TableTrial& trial, const std::string& how, const auto& read, const auto& read_afresh) {
  const auto same = [&](const TableReading& reading) { return passed("{}: the same {} rows", how, reading.rows.size()); };
  std::vector<ReadRow> before = first.rows;
  std::vector<ReadRow> found_before;
  for (int attempt = 1;; ++attempt) {
    const TableReading found = read();
    if (found.error) {
      return trial.ended_with(how, *found.error);
    }
    if (attempt == 1 && compare_rows(trial.table(), before, found.rows) == ReadingDifference{}) {
      return same(found);
    }
    TableReading after = read_afresh();
    if (after.error) {
      return trial.ended_with("read once more, as rows differ", *after.error);
    }
    ReadingDifference difference = compare_rows(trial.table(), before, found.rows, after.rows);
    // Rows that were in neither: where they are few they must be ones that this way of reading gives again, and the other one left out in between.
    if (attempt == 2 && difference.unexpected * 2 <= found.rows.size()) {
      difference.unexpected = compare_rows(trial.table(), found_before, before, found.rows).missing;
    }
    if (difference == ReadingDifference{}) {
      return same(found);
    }
    if (attempt == 2) {
      return failed("{}: of {} rows {}", how, first.rows.size(), words(difference));
    }
    before = std::move(after.rows);
    found_before = found.rows;
  }
}

Finding compare_with_full(TableTrial& trial, const std::string& how, const auto& read) {
  return compare_with(trial.full(), trial, how, read, [&] { return trial.read_anew(trial.plain_read()); });
}

Finding reads_the_same_again(TableTrial& trial) {
  if (auto obstacle = trial.obstacle()) {
    return *std::move(obstacle);
  }
  return compare_with_full(trial, "read by another connector", [&] { return trial.read_anew(trial.plain_read()); });
}

Finding in_small_pages(TableTrial& trial, const std::string& option, const TableReading& whole, bool deletes) {
  constexpr std::size_t kMostRows = 2000;  // a request a row
  if (whole.rows.size() > kMostRows) {
    return skipped("{} rows are too many for pages of 1 (at most {})", whole.rows.size(), kMostRows);
  }
  if (whole.rows.size() < 2) {
    return skipped("{} fit on a page of any size", count_of(whole.rows.size(), "row"));
  }
  ReadRequest read = trial.plain_read();
  read.deletes = deletes;
  read.offset = deletes ? Offset() : read.offset;
  std::set<std::pair<std::uint64_t, std::size_t>> courses;  // calls, and bytes of the largest batch
  for (const std::string_view size : {"1", "2", "3", "7"}) {
    const std::string how = fmt::format("{}{}: {}", deletes ? "read_table_deletes, " : "", option, size);
    const auto read_small = [&] {
      TableReading reading = trial.read_anew(read, Options{{option, std::string(size)}});
      courses.emplace(reading.calls, reading.largest_batch);
      return reading;
    };
    const Finding finding = compare_with(whole, trial, how, read_small, [&] { return trial.read_anew(read); });
    if (finding.verdict != Verdict::kPassed) {
      return finding;
    }
  }
  if (courses.size() == 1) {
    return skipped("{} of 1, 2, 3 and 7 changes nothing: the table comes in the same {} each time. Has its list no parameter for it?", option,
                   count_of(courses.begin()->first, "call"));
  }
  return passed("{} of 1, 2, 3 and 7: the same {} rows", option, whole.rows.size());
}

// However much is asked for at a time, by whatever option the connector has for that.
Finding reads_the_same_in_small_pages(TableTrial& trial) {
  if (auto obstacle = trial.obstacle()) {
    return *std::move(obstacle);
  }
  constexpr std::array<std::string_view, 5> kNames{"page_size", "batch_size", "limit", "max_records", "max_records_per_batch"};
  const auto& options = trial.request().spec->connection_options;
  const auto option = std::ranges::find_if(
      options, [&](const OptionSpec& spec) { return spec.type == OptionType::kInteger && std::ranges::find(kNames, spec.name) != kNames.end(); });
  if (option == options.end()) {
    return skipped("the connector has no option for the size of a page ({})", fmt::join(kNames, ", "));
  }
  const Finding of_table = in_small_pages(trial, option->name, trial.full(), false);
  const TableReading* const deletes = trial.deletes();
  if (of_table.verdict == Verdict::kFailed || deletes == nullptr || deletes->error || !deletes->endless.empty()) {
    return of_table;
  }
  // The list of deletes has a next page of its own, which can be looked for at a wrong place.
  Finding of_deletes = in_small_pages(trial, option->name, *deletes, true);
  if (of_deletes.verdict != Verdict::kFailed) {
    of_deletes = {.verdict = of_table.verdict, .evidence = of_table.evidence + "; its deletes: " + of_deletes.evidence};
  }
  return of_deletes;
}

Finding reads_the_same_in_small_batches(TableTrial& trial) {
  if (auto obstacle = trial.obstacle()) {
    return *std::move(obstacle);
  }
  return compare_with_full(trial, "batches of a byte", [&] {
    ReadRequest read = trial.plain_read();
    read.batch_bytes = 1;
    return trial.read_anew(read);
  });
}

}  // namespace

std::vector<TableCheckOf> completeness_checks() {
  return {{"brings_all_that_the_source_counts", "rows that never arrive",
           "where do pages end, and what is asked for next: does a page's last time come again, is an error taken for an end?",
           brings_all_that_the_source_counts},
          {"reads_the_same_again", "rows that come and go, keys that nobody can rely on",
           "let keys and values come from the record alone, and let nothing depend on the moment of reading", reads_the_same_again},
          {"reads_the_same_in_small_pages", "rows that share a time and stand at a page's border",
           "ask for the next page from where the last one ended: do records that share a time stand on both sides of the border; is the next page "
           "looked for at the right place?",
           reads_the_same_in_small_pages},
          {"reads_the_same_in_small_batches", "rows at a batch's border", "return what does not fit a batch with the next call",
           reads_the_same_in_small_batches}};
}

}  // namespace lakeflow
