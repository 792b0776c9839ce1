#include "testing/connector/write_trial.h"

#include <algorithm>
#include <chrono>
#include <ranges>
#include <set>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kRecords = 3;
constexpr std::size_t kChanged = 0;
constexpr std::size_t kDeleted = 1;
constexpr std::size_t kLate = kRecords;  // behind them
constexpr auto kBetweenReads = std::chrono::milliseconds(100);

// The rows that stand, for readers that find deletes by comparing keys.
class StandingRows final : public StandingKeys {
 public:
  explicit StandingRows(const std::map<std::string, std::optional<TimestampMicros>>& rows) : rows_(rows) {}
  Status scan(const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor)>& visit) const override {
    for (const auto& [key, cursor] : rows_) {
      LAKEFLOW_TRY(visit(std::string_view(key).substr(0, key.find(kEndOfKey)), cursor));
    }
    return {};
  }
  Status scan_subjects(
      const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor, std::string_view subjects)>& visit) const override {
    return scan([&](std::string_view key, std::optional<TimestampMicros> cursor) { return visit(key, cursor, {}); });
  }

 private:
  const std::map<std::string, std::optional<TimestampMicros>>& rows_;
};

std::string_view part_of_key(std::string_view key, std::size_t position) {
  for (; position > 0; --position) {
    key.remove_prefix(std::min(key.find(kEndOfKey) + 1, key.size()));
  }
  return key.substr(0, key.find(kEndOfKey));
}

}  // namespace

std::optional<Finding> WriteTrial::obstacle_of(Step step) {
  if (!std::exchange(has_begun_, true)) {
    failure_ = begin();
  }
  for (; !failure_ && steps_ <= static_cast<std::size_t>(step); ++steps_) {
    failure_ = do_step(static_cast<Step>(steps_));
  }
  return steps_ > static_cast<std::size_t>(step) ? std::nullopt : failure_;
}

std::vector<ReadRow> WriteTrial::rows_after(Step step, std::size_t record) const {
  return rows_of(done_[static_cast<std::size_t>(step)].rows, record);
}

std::vector<ReadRow> WriteTrial::rows_of(const std::vector<ReadRow>& rows, std::size_t record) const {
  std::vector<ReadRow> found;
  std::ranges::copy_if(rows, std::back_inserter(found), [&](const ReadRow& row) { return part_of_key(row.key, key_position_) == keys_[record]; });
  return found;
}

std::string WriteTrial::name_of(std::size_t record) const { return fmt::format("{}-{}", prefix_, record + 1); }

std::optional<Finding> WriteTrial::begin() {
  WriteBack* const others = trial_.request().source_writes;
  writer_ = others != nullptr ? others : dynamic_cast<WriteBack*>(&trial_.connector());
  if (writer_ == nullptr) {
    return skipped("the connector can't write to its source (WriteBack)");
  }
  if (others == nullptr && !trial_.request().writes) {
    return skipped("nobody allowed to write to the source (lakeflow test --write)");
  }
  const std::vector<std::string>& keys = trial_.table().metadata.primary_keys;
  if (keys.empty()) {
    return skipped("the table has no key, by which what was written could be known");
  }
  Result<WritableTable> writable = writer_->writable_table(trial_.table().request);
  if (!writable) {
    return skipped("{}", writable.error().message());
  }
  const auto key = std::ranges::find(keys, writable->key.empty() ? keys.front() : writable->key);
  if (key == keys.end()) {
    return skipped("the source is described with the key {}, and the table has {}", writable->key, fmt::join(keys, ", "));
  }
  if (!writable->bears_times && trial_.type() != IngestionType::kSnapshot) {
    return skipped("the source is described without times of change, by which the table could be read on");
  }
  if (auto obstacle = trial_.obstacle()) {
    return obstacle;
  }
  key_position_ = static_cast<std::size_t>(key - keys.begin());
  writable_ = *std::move(writable);
  table_ = trial_.table();
  table_->request = writable_->table;
  auto* const in_stream = dynamic_cast<DeletesInStream*>(&trial_.connector());
  has_stream_of_deletes_ =
      trial_.type() == IngestionType::kCdcWithDeletes && (in_stream == nullptr || !in_stream->deletes_in_stream(table_->request));
  prefix_ = fmt::format("lakeflow-test-{:x}", now_micros());
  Done all;
  return read_on(all);
}

std::optional<Finding> WriteTrial::do_step(Step step) {
  ReadContext context;
  context.stop = trial_.request().stop;
  context.log = &trial_.log();
  const auto put = [&](std::size_t record, int revision) -> Status {
    LAKEFLOW_ASSIGN(std::string key, writer_->put_record(trial_.table().request, name_of(record), revision, context));
    if (keys_.size() == record) {
      keys_.push_back(std::move(key));
    }
    return {};
  };
  Status written;
  switch (step) {
    case Step::kMake:
      for (std::size_t record = 0; written && record < kRecords; ++record) {
        written = put(record, 1);
      }
      break;
    case Step::kChange: written = put(kChanged, 2); break;
    case Step::kDelete:
      if (trial_.type() == IngestionType::kCdcWithDeletes && !writable_->tells_of_deletes) {
        return skipped("the source is described as one that does not tell of deletions");
      }
      written = writer_->delete_record(trial_.table().request, name_of(kDeleted), context);
      break;
    case Step::kMakeAgain: written = put(kDeleted, 3); break;
  }
  if (!written) {
    return skipped("the source can't be written to: {}", written.error().message());
  }
  Done& done = done_[static_cast<std::size_t>(step)];
  return wait_for(done, [&] { return has_come(step, done.rows); });
}

std::optional<Finding> WriteTrial::obstacle_of_late_commit() {
  if (auto obstacle = obstacle_of(Step::kMake)) {
    return obstacle;
  }
  auto* const late = dynamic_cast<LateWriteBack*>(writer_);
  if (late == nullptr) {
    return skipped("nobody here can write a record as one whose transaction took long (LateWriteBack)");
  }
  ReadContext context;
  context.stop = trial_.request().stop;
  context.log = &trial_.log();
  const auto back = static_cast<TimestampMicros>(trial_.request().late_seconds * 1'000'000);
  Result<std::string> key = late->put_record_late(trial_.table().request, name_of(kLate), 1, back, context);
  if (!key) {
    return skipped("the source can't be written to: {}", key.error().message());
  }
  keys_.push_back(*std::move(key));
  return wait_for(late_, [&] { return !rows_late().empty(); });
}

std::vector<ReadRow> WriteTrial::rows_late() const { return rows_of(late_.rows, kLate); }

// A source may show what was written only after a while (an index that is built behind).
std::optional<Finding> WriteTrial::wait_for(Done& done, const std::function<bool()>& has_come) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(trial_.request().patience_seconds);
  while (true) {
    if (auto failure = read_on(done)) {
      return failure;
    }
    if (has_come() || std::chrono::steady_clock::now() >= until || trial_.request().stop.stop_requested()) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(kBetweenReads);
  }
}

bool WriteTrial::has_come(Step step, const std::vector<ReadRow>& rows) const {
  const bool is_snapshot = trial_.type() == IngestionType::kSnapshot;
  const auto is_there = [&](std::size_t record) { return !rows_of(rows, record).empty(); };
  switch (step) {
    case Step::kMake: return std::ranges::all_of(std::views::iota(std::size_t{0}, kRecords), is_there);
    case Step::kChange:
      return std::ranges::any_of(rows_of(rows, kChanged), [&](const ReadRow& row) {
        return !is_snapshot || row.content != rows_after(Step::kMake, kChanged).front().content;
      });
    case Step::kDelete: return is_snapshot ? !is_there(kDeleted) : std::ranges::any_of(rows_of(rows, kDeleted), &ReadRow::deleted);
    case Step::kMakeAgain: return is_there(kDeleted);
  }
  return true;
}

// What came since the last time, for `done`; of a snapshot, all that there is now.
std::optional<Finding> WriteTrial::read_on(Done& done) {
  const StandingRows standing(standing_);
  std::vector<ReadRow> rows;
  const auto read = [&](Offset& place, bool deletes) -> std::optional<Finding> {
    ReadRequest request = trial_.plain_read();
    request.record_limit = 0;
    request.offset = place;
    request.state = state_;
    request.deletes = deletes;
    request.standing_keys = &standing;
    TableReading reading = trial_.read_anew(request, {}, &*table_);
    if (reading.error) {
      return trial_.ended_with("read on after something was written", *reading.error);
    }
    if (!reading.endless.empty()) {
      return failed("read on after something was written: {}", reading.endless);
    }
    if (reading.last_place() != nullptr) {
      place = reading.last_place()->offset;
      state_ = reading.state;
    }
    std::ranges::move(reading.rows, std::back_inserter(rows));
    return std::nullopt;
  };
  ++done.reads;
  if (auto failure = read(changes_, false)) {
    return failure;
  }
  if (has_stream_of_deletes_) {
    if (auto failure = read(deletes_, true)) {
      return failure;
    }
  }
  if (trial_.type() == IngestionType::kSnapshot) {
    standing_.clear();
    done.rows.clear();
  }
  for (const ReadRow& row : rows) {
    if (row.deleted) {
      standing_.erase(row.key);
    } else {
      standing_[row.key] = row.time;
    }
  }
  std::ranges::move(rows, std::back_inserter(done.rows));
  return std::nullopt;
}

std::optional<std::string> WriteTrial::clean_up() {
  if (keys_.empty()) {
    return std::nullopt;
  }
  ReadContext context;  // without the stop: that what was written is taken back is part of stopping
  context.log = &trial_.log();
  std::vector<std::string> left;
  for (std::size_t record = 0; record < keys_.size(); ++record) {
    if (!writer_->delete_record(trial_.table().request, name_of(record), context)) {
      left.push_back(name_of(record));
    }
  }
  const std::string& table = trial_.table().request.table_name;
  const std::size_t written = std::exchange(keys_, {}).size();
  if (!left.empty()) {
    return fmt::format("{}: {} records could not be deleted: {}", table, left.size(), some_of(left));
  }
  return fmt::format("{}: {} records were written and deleted ({}-1 to -{}){}{}", table, written, prefix_, written,
                     writable_->remainder.empty() ? "" : "; left: ", writable_->remainder);
}

}  // namespace lakeflow
