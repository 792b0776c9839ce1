// Checks by records that are written to the source and read: where the connector can write, and somebody allowed it.

#include <algorithm>

#include "testing/connector/check.h"
#include "testing/connector/write_trial.h"

namespace lakeflow {
namespace {

using Step = WriteTrial::Step;

std::string after_reads(const WriteTrial& writes, Step step) {
  const std::size_t reads = writes.reads_after(step);
  return reads == 1 ? "with the next read" : fmt::format("after {} reads", reads);
}

Finding sees_what_is_made(TableTrial& trial) {
  WriteTrial& writes = trial.writes();
  if (auto obstacle = writes.obstacle_of(Step::kMake)) {
    return *std::move(obstacle);
  }
  std::size_t came = 0;
  for (std::size_t record = 0; record < 3; ++record) {
    came += std::ranges::any_of(writes.rows_after(Step::kMake, record), [](const ReadRow& row) { return !row.deleted; }) ? 1U : 0U;
  }
  return came == 3 ? passed("3 records came {}", after_reads(writes, Step::kMake))
                   : failed("of 3 records that were made {} came {}", came, after_reads(writes, Step::kMake));
}

Finding sees_what_is_changed(TableTrial& trial) {
  WriteTrial& writes = trial.writes();
  if (auto obstacle = writes.obstacle_of(Step::kMake)) {
    return *std::move(obstacle);
  }
  const bool only_grows = trial.type() == IngestionType::kAppend;
  if (only_grows && !writes.writable().changes_records) {
    return skipped("the source is described as one that never changes a record of it (writable)");
  }
  if (auto obstacle = writes.obstacle_of(Step::kChange)) {
    return *std::move(obstacle);
  }
  const std::vector<ReadRow> before = writes.rows_after(Step::kMake, 0);
  if (before.empty()) {
    return skipped("the record did not come when it was made");
  }
  const std::vector<ReadRow> after = writes.rows_after(Step::kChange, 0);
  const bool came = std::ranges::any_of(after, [&](const ReadRow& row) { return !row.deleted && row.content != before.back().content; });
  return came ? passed("the change came {}", after_reads(writes, Step::kChange))
              : failed("a record was changed, and {} it is as it was{}", after_reads(writes, Step::kChange),
                       only_grows ? ": the table is an append, whose records are never changed" : "");
}

// A record that is seen for the first time when newer ones were read already.
Finding sees_late_commits(TableTrial& trial) {
  const double seconds = trial.request().late_seconds;
  if (trial.type() == IngestionType::kSnapshot) {
    return skipped("a snapshot is read whole");
  }
  if (seconds <= 0) {
    return skipped("the source is said to show each record at once (SuiteRequest::late_seconds)");
  }
  WriteTrial& writes = trial.writes();
  if (auto obstacle = writes.obstacle_of_late_commit()) {
    return *std::move(obstacle);
  }
  if (writes.rows_after(Step::kMake, 0).empty()) {
    return skipped("the record did not come when it was made");
  }
  return writes.rows_late().empty()
             ? failed("a record that was seen {} s after its time of change never came, as newer ones were read before", seconds)
             : passed("a record that was seen {} s after its time of change came", seconds);
}

bool tells_deletes(IngestionType type) { return type == IngestionType::kCdcWithDeletes || type == IngestionType::kSnapshot; }

// Whether the record stands after these rows, by the rule that the newest version counts. What has no time has that of the row before it.
bool stands(const std::vector<ReadRow>& rows) {
  bool stands = false;
  TimestampMicros newest = 0;
  for (const ReadRow& row : rows) {
    const TimestampMicros time = row.time.value_or(newest);
    if (time >= newest) {
      newest = time;
      stands = !row.deleted;
    }
  }
  return stands;
}

Finding sees_what_is_deleted(TableTrial& trial) {
  if (!tells_deletes(trial.type())) {
    return skipped("its type tells of none");
  }
  WriteTrial& writes = trial.writes();
  if (auto obstacle = writes.obstacle_of(Step::kDelete)) {
    return *std::move(obstacle);
  }
  const std::vector<ReadRow> before = writes.rows_after(Step::kMake, 1);
  if (before.empty()) {
    return skipped("the record did not come when it was made");
  }
  std::vector<ReadRow> rows = writes.rows_after(Step::kDelete, 1);
  const bool is_snapshot = trial.type() == IngestionType::kSnapshot;
  if (!is_snapshot) {
    rows.insert(rows.begin(), before.begin(), before.end());
  }
  if (stands(rows)) {
    return failed("a record was deleted, and {} its row still stands{}", after_reads(writes, Step::kDelete),
                  std::ranges::any_of(rows, &ReadRow::deleted) ? ": the deletion's time is before that of the row" : "");
  }
  return passed("the deletion came {}", after_reads(writes, Step::kDelete));
}

Finding sees_what_is_made_again(TableTrial& trial) {
  if (!tells_deletes(trial.type())) {
    return skipped("its type tells of no deletes");
  }
  WriteTrial& writes = trial.writes();
  if (auto obstacle = writes.obstacle_of(Step::kMakeAgain)) {
    return *std::move(obstacle);
  }
  std::vector<ReadRow> rows = writes.rows_after(Step::kMakeAgain, 1);
  if (trial.type() != IngestionType::kSnapshot) {
    const std::vector<ReadRow> deletion = writes.rows_after(Step::kDelete, 1);
    if (deletion.empty()) {
      return skipped("the deletion before it did not come");
    }
    rows.insert(rows.begin(), deletion.begin(), deletion.end());
  }
  return stands(rows) ? passed("the record came again {}", after_reads(writes, Step::kMakeAgain))
                      : failed("a record that had been deleted was made again, and {} it does not stand", after_reads(writes, Step::kMakeAgain));
}

}  // namespace

std::vector<TableCheckOf> write_checks() {
  return {{"sees_what_is_made", "rows that are new since the last run",
           "ask from the offset on for what is new: does the filter look at the time of change?", sees_what_is_made},
          {"sees_what_is_changed", "changes: the table shows what was true at first", "ask by the time of change, not by that of creation",
           sees_what_is_changed},
          {"sees_late_commits", "records whose transaction took long: newer ones were seen before them",
           "ask from before the newest record on, by as long as a transaction may take, and drop what is known (look_back of sources/rest)",
           sees_late_commits},
          {"sees_what_is_deleted", "deletions: rows of what is gone since the last run",
           "ask for what was deleted since the last read; where the source does not tell, compare keys, or let the table be a snapshot",
           sees_what_is_deleted},
          {"sees_what_is_made_again", "rows that were deleted once and came back",
           "give the deletion its own time, which is before that of the new record", sees_what_is_made_again}};
}

}  // namespace lakeflow
