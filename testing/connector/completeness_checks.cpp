// Checks that all comes that the source has, however it is read.

#include <algorithm>
#include <array>
#include <set>

#include "sources/interface/row_count.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

// How many keys stand after the reading: of each the last row counts.
std::size_t standing_keys(const TableReading& reading) {
  std::map<std::string_view, bool> stands;
  for (const ReadRow& row : reading.rows) {
    stands[row.key] = !row.deleted;
  }
  return static_cast<std::size_t>(std::ranges::count_if(stands, [](const auto& key) { return key.second; }));
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
  const Result<std::optional<std::uint64_t>> count = counting->count_rows(trial.table().request, context);
  if (!count) {
    return skipped("the source can't be asked for its count: {}", count.error().message());
  }
  if (!*count) {
    return skipped("the source does not count this table");
  }
  const TableReading& reading = trial.full();
  const std::size_t came = trial.type() == IngestionType::kAppend ? reading.rows.size() : standing_keys(reading);
  std::uint64_t rejected = 0;
  for (const auto& [reason, rejects] : reading.rejects) {
    rejected += rejects;
  }
  if (came + rejected == **count) {
    return passed("{} counted, {} came{}", **count, came, rejected == 0 ? "" : fmt::format(", {} were rejected", rejected));
  }
  return failed("the source counts {}, and {} came (and {} were rejected)", **count, came, rejected);
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

bool is_nothing(const ReadingDifference& difference) {
  return difference.missing == 0 && difference.unexpected == 0 && difference.doubled == 0 && difference.changed == 0;
}

// A reading once more; where it differs a third one tells a source that changes from a connector that does.
Finding compare_with(const TableReading& first, TableTrial& trial, const std::string& how, const auto& read) {
  for (int attempt = 1;; ++attempt) {
    const TableReading again = read();
    if (again.error) {
      return trial.ended_with(how, *again.error);
    }
    const ReadingDifference difference = compare_rows(trial.table(), first.rows, again.rows);
    if (is_nothing(difference)) {
      return passed("{}: the same {} rows", how, again.rows.size());
    }
    if (attempt == 2) {
      return failed("{}: of {} rows {}", how, first.rows.size(), words(difference));
    }
  }
}

Finding compare_with_full(TableTrial& trial, const std::string& how, const auto& read) { return compare_with(trial.full(), trial, how, read); }

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
  std::set<std::pair<std::uint64_t, std::size_t>> courses;  // calls, and bytes of the largest batch
  for (const std::string_view size : {"1", "2", "3", "7"}) {
    const std::string how = fmt::format("{}{}: {}", deletes ? "read_table_deletes, " : "", option, size);
    const Finding finding = compare_with(whole, trial, how, [&] {
      ReadRequest read = trial.plain_read();
      read.deletes = deletes;
      read.offset = deletes ? Offset() : read.offset;
      TableReading reading = trial.read_anew(read, Options{{option, std::string(size)}});
      courses.emplace(reading.calls, reading.largest_batch);
      return reading;
    });
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
