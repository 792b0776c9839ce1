#include "testing/connector/test/planted_live_connector.h"

#include <arrow/type.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "sources/interface/row_count.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSpec = R"(
name: live
display_name: Live
description: A source in the memory of a test, which changes with each request.
connection_options:
  page_size: {type: integer, default: "20", help: How many rows a page has.}
)";

constexpr int kRecords = 120;
constexpr int kResting = kRecords / 2;  // the first ids

enum class List { kChanges, kDeletions, kEvents, kCodes };

struct LiveRecord {
  int id = 0;
  int time = 0;  // of its last change, in seconds
  int number = 0;
};

// Where a list is read on: behind this record. Each list has an order of its own.
using LivePlace = std::pair<int, int>;  // time and id

LivePlace place_in(List list, const LiveRecord& record) { return {list == List::kCodes ? 0 : record.time, list == List::kEvents ? 0 : record.id}; }

// Thread-safe.
class LiveSource {
 public:
  LiveSource() {
    for (int id = 1; id <= kRecords; ++id) {
      put(id);
    }
  }

  std::vector<LiveRecord> request(List list, LivePlace after, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    change();
    if (list == List::kDeletions) return behind(list, deletions_, after, limit);
    if (list == List::kEvents) return behind(list, events_, after, limit);
    std::vector<LiveRecord> records;
    std::ranges::transform(records_, std::back_inserter(records), [](const auto& record) { return record.second; });
    std::ranges::sort(records, {}, [&](const LiveRecord& record) { return place_in(list, record); });
    return behind(list, records, after, limit);
  }

  std::size_t count(List list) const {
    const std::lock_guard lock(mutex_);
    return list == List::kEvents ? events_.size() : records_.size();
  }

 private:
  static std::vector<LiveRecord> behind(List list, const std::vector<LiveRecord>& sorted, LivePlace place, std::size_t limit) {
    const auto begin = std::ranges::upper_bound(sorted, place, {}, [&](const LiveRecord& record) { return place_in(list, record); });
    return {begin, begin + std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(limit), sorted.end() - begin)};
  }

  void put(int id) {
    records_[id] = {id, ++time_, time_};
    if (newest_ < id) {  // each is made once
      newest_ = id;
      events_.push_back({id, time_, id});
    }
  }

  // Makes one, changes one, removes one, in turn.
  void change() {
    const auto busy = std::next(records_.begin(), kResting + ++turn_ * 7 % (static_cast<int>(records_.size()) - kResting));
    switch (turn_ % 6) {
      case 0: put(newest_ + 1); break;
      case 2: put(busy->first); break;
      case 4:
        deletions_.push_back({busy->first, ++time_, 0});
        records_.erase(busy);
        break;
      default: break;  // else pages of one record never come to an end
    }
  }

  mutable std::mutex mutex_;
  std::map<int, LiveRecord> records_;
  std::vector<LiveRecord> deletions_;
  std::vector<LiveRecord> events_;
  int newest_ = 0;
  int time_ = 0;
  int turn_ = 0;
};

class LiveReader final : public RecordReader {
 public:
  LiveReader(LiveMistake mistake, LiveSource& source, List list, LivePlace start, std::size_t page_size, const ReadContext& context)
      : mistake_(mistake), source_(source), list_(list), start_(start), place_(start), page_size_(page_size), context_(context) {}

  Result<std::variant<RawRecords, End>> next() override {
    if (context_.stop.stop_requested()) return std::unexpected(Error::interrupted("stopped"));
    if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) return End::kLimit;
    const bool is_first = place_ == start_;
    std::vector<LiveRecord> page = source_.request(list_, place_, page_size_);
    if (page.empty() || (mistake_ == LiveMistake::kTakesAPageForAll && !is_first)) {
      at_end_ = true;
      return list_ == List::kCodes ? End::kComplete : End::kCaughtUp;
    }
    place_ = place_in(list_, page.back());
    if (mistake_ == LiveMistake::kLosesSmallBatches && context_.batch_bytes < 100) page.resize(1);
    return records_of(page);
  }

  std::optional<Offset> offset() const override {
    if (list_ == List::kCodes) return std::nullopt;
    LivePlace place = place_;
    if (mistake_ == LiveMistake::kOffsetAheadOfRows && !at_end_) place.first += 3;
    return Offset(fmt::format("[{},{}]", place.first, place.second));
  }

 private:
  RawRecords records_of(const std::vector<LiveRecord>& page) const {
    RawRecords raw;
    const auto text = std::make_shared<std::string>();
    std::vector<std::size_t> ends;
    for (const LiveRecord& record : page) {
      const std::string updated = format_utc(1'700'000'000'000'000 + record.time * TimestampMicros{1'000'000});
      *text += fmt::format(R"({{"id":{},"updated":"{}","number":{}}})", record.id, updated, record.number);
      ends.push_back(text->size());
    }
    raw.bytes_read = text->size();
    text->append(kPadding, '\0');
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : ends[i - 1];
      raw.records.push_back({.bytes = std::string_view(*text).substr(begin, ends[i] - begin),
                             .operation = list_ == List::kDeletions ? Operation::kDelete : Operation::kUpsert,
                             .position = i});
    }
    raw.origins.emplace_back("live:records");
    raw.buffer = text;
    return raw;
  }

  const LiveMistake mistake_;
  LiveSource& source_;
  const List list_;
  const LivePlace start_;
  LivePlace place_;
  const std::size_t page_size_;
  const ReadContext context_;
  bool at_end_ = false;
};

class LiveConnect final : public LakeflowConnect, public RowCount {
 public:
  LiveConnect(LiveMistake mistake, std::shared_ptr<LiveSource> source, std::size_t page_size)
      : mistake_(mistake), source_(std::move(source)), page_size_(page_size) {}

  Result<std::vector<std::string>> list_tables() override { return std::vector<std::string>{"changes", "events", "codes"}; }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options&) override {
    LAKEFLOW_TRY(list_of(table_name));
    return arrow::schema({arrow::field("id", arrow::int64()), arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                          arrow::field("number", arrow::int64())});
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options&) override {
    LAKEFLOW_ASSIGN(const List list, list_of(table_name));
    TableMetadata metadata{.ingestion_type = IngestionType::kCdcWithDeletes, .primary_keys = {"id"}, .cursor_field = "updated", .subject_field = {}};
    if (list == List::kEvents) metadata.ingestion_type = IngestionType::kAppend;
    if (list == List::kCodes) {
      metadata.ingestion_type = IngestionType::kSnapshot;
      metadata.cursor_field.clear();
    }
    return metadata;
  }

  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start, const Options&,
                                                   const ReadContext& context) override {
    LAKEFLOW_ASSIGN(const List list, list_of(table_name));
    return open(list, start, context);
  }

  Result<std::unique_ptr<RecordReader>> read_table_deletes(std::string_view, const Offset& start, const Options&,
                                                           const ReadContext& context) override {
    return open(List::kDeletions, start, context);
  }

  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext&) override {
    LAKEFLOW_ASSIGN(const List list, list_of(table.table_name));
    return source_->count(list);
  }

 private:
  static Result<List> list_of(std::string_view table) {
    if (table == "changes") return List::kChanges;
    if (table == "events") return List::kEvents;
    if (table == "codes") return List::kCodes;
    return std::unexpected(Error::user(fmt::format("there is no table {}", table), "lakeflow discover lists the tables"));
  }

  std::unique_ptr<RecordReader> open(List list, const Offset& start, const ReadContext& context) {
    const LivePlace place = start.is_start() ? LivePlace{-1, 0} : nlohmann::json::parse(start.json()).get<LivePlace>();
    return std::make_unique<LiveReader>(mistake_, *source_, list, place, page_size_, context);
  }

  const LiveMistake mistake_;
  const std::shared_ptr<LiveSource> source_;
  const std::size_t page_size_;
};

}  // namespace

ConnectorEntry planted_live_connector(LiveMistake mistake) {
  const auto source = std::make_shared<LiveSource>();
  return {.spec = ConnectorSpec::parse(kSpec).value(), .make = [mistake, source](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
            LAKEFLOW_ASSIGN(const std::optional<std::int64_t> size, options.integer("page_size"));
            return std::make_unique<LiveConnect>(mistake, source, static_cast<std::size_t>(size.value_or(20)));
          }};
}

}  // namespace lakeflow
