#include "testing/connector/test/planted_connector.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <thread>
#include <utility>

#include "sources/interface/row_count.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSpec = R"(
name: planted
display_name: Planted
description: A source in the memory of a test.
connection_options:
  page_size: {type: integer, default: "7", help: How many rows a page has.}
  token: {type: text, secret: true, help: What lets in.}
)";

constexpr int kRows = 60;
constexpr int kTies = 5;  // rows in a row that share a time
constexpr int kDeleted = 3;

std::string time_of(int row) { return fmt::format("2024-01-01T00:{:02}:00Z", row / kTies); }

// What is read: rows in the order of their times, and how many of those at the offset's time were returned.
class PlantedReader final : public RecordReader {
 public:
  PlantedReader(Mistake mistake, IngestionType type, bool deletes, int start, std::int64_t page_size, std::string token, const ReadContext& context)
      : mistake_(mistake),
        type_(type),
        deletes_(deletes),
        end_(deletes ? kDeleted : kRows),
        start_(start),
        next_(start),
        page_size_(static_cast<int>(page_size)),
        token_(std::move(token)),
        context_(context) {}

  Result<std::variant<RawRecords, End>> next() override {
    if (context_.stop.stop_requested() && !has(Mistake::kIgnoresAStop) && !has(Mistake::kLosesRowsAtAStop)) {
      return std::unexpected(has(Mistake::kAStopIsAFault) ? Error::source("it was stopped") : Error::interrupted("stopped"));
    }
    // As of a server that takes its time.
    std::this_thread::sleep_for(has(Mistake::kIgnoresAStop) ? std::chrono::milliseconds(1300) : std::chrono::milliseconds(1));
    if (has(Mistake::kLogsItsToken)) context_.log->log(LogLevel::kDebug, "GET /rows", {{"authorization", "Bearer " + token_}});
    if (has(Mistake::kGivesNothingForEver)) return RawRecords{};
    if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) {
      if (has(Mistake::kLosesRowsAtADeadline)) next_ = std::min(next_ + page_size_, end_);
      at_end_ = true;
      return End::kLimit;
    }
    if (has(Mistake::kNeverEnds) && next_ > start_) {
      next_ = start_;
      return End::kLimit;
    }
    const bool is_first = next_ == start_;
    int end = has(Mistake::kAllInOneBatch) ? end_ : std::min(next_ + page_size_, end_);
    if (has(Mistake::kGivesUpInSilence) && next_ >= kRows / 2) end = next_;
    if (has(Mistake::kSnapshotCutShort) && type_ == IngestionType::kSnapshot && next_ >= kRows / 2) end = next_;
    if (has(Mistake::kForgetsTheEndOfAPage) && end - next_ < page_size_) end = next_;
    if (end == next_) {
      at_end_ = true;
      next_ = end_;
      return type_ == IngestionType::kSnapshot || has(Mistake::kWrongEnd) ? End::kComplete : End::kCaughtUp;
    }
    int begin = next_;
    page_began_ = next_;
    next_ = end;
    if (has(Mistake::kLosesRowsAtAStop) && context_.stop.stop_requested()) return std::unexpected(Error::interrupted("stopped"));
    if (has(Mistake::kDropsThePageThatFailed) && begin / page_size_ == 2) begin = end;
    if (has(Mistake::kCountsFromOneAtEachPage) && !is_first) ++begin;
    if (has(Mistake::kSnapshotRepeatsRows) && type_ == IngestionType::kSnapshot && begin > 0) --begin;
    if (has(Mistake::kLosesSmallBatches) && context_.batch_bytes < 100) end = begin + 1;
    // The next page begins behind the last time, whether all of that time was returned or not.
    if (has(Mistake::kAsksForLaterTimesOnly)) next_ = std::min((next_ - 1) / kTies * kTies + kTies, end_);
    return page(begin, end);
  }

  std::optional<Offset> offset() const override {
    if (type_ == IngestionType::kSnapshot || (has(Mistake::kNoOffsetAtTheEnd) && next_ == end_)) return std::nullopt;
    int place = next_;
    if (has(Mistake::kOffsetAheadOfRows) && !at_end_) place = std::min(next_ + page_size_, end_);
    if (has(Mistake::kReadsAllAgain)) place = 0;
    if (has(Mistake::kResumesAPageBack)) place = page_began_;
    if (has(Mistake::kOffsetGoesBack) && !at_end_ && next_ / page_size_ % 3 == 0) place = page_size_;
    if (has(Mistake::kOffsetIsNoJson)) return Offset(fmt::format("place {}", place));
    return Offset(fmt::format(R"({{"place":{}{}}})", place,
                              has(Mistake::kOffsetIsHuge) ? fmt::format(R"(,"x":"{}")", std::string(kMaximumOffsetBytes, 'x')) : std::string()));
  }

  StateDelta state_delta() override {
    StateDelta delta;
    if (has(Mistake::kStateGrowsAndGrows)) delta.entries.emplace_back(fmt::format("page/{}", next_), std::string(64U << 10U, 'x'));
    return delta;
  }

 private:
  bool has(Mistake mistake) const { return mistake_ == mistake; }

  std::string row_text(int row) {
    if (has(Mistake::kRecordsAreNoJson)) return "row " + std::to_string(row);
    if (has(Mistake::kRecordsAreEmpty)) return "{}";
    static std::atomic<int> moment = 0;
    std::string key = fmt::format("\"item-{:04}\"", row);
    if (has(Mistake::kKeysOfItsOwn)) key = fmt::format("\"row-{:08}\"", ++moment);
    if (has(Mistake::kLogsKeys)) context_.log->log(LogLevel::kDebug, "a row came", {{"id", fmt::format("item-{:04}", row)}});
    if (has(Mistake::kKeysAreNull) || (deletes_ && has(Mistake::kDeletesWithoutKeys))) key = "null";
    const std::string updated = has(Mistake::kCursorIsNull) ? "null" : '"' + time_of(deletes_ ? kRows + row : row) + '"';
    const std::string number = has(Mistake::kValuesDoNotFit) ? "\"many\"" : std::to_string(has(Mistake::kContentOfTheMoment) ? ++moment : row);
    const std::string city = has(Mistake::kAllInOneBatch) ? std::string(2U << 20U, 'x') : "Utrecht";
    return fmt::format(R"({{"id":{},"updated":{},"number":{},"place":{{"city":"{}"}}}})", key, updated, number, city);
  }

  RawRecords page(int begin, int end) {
    RawRecords raw;
    const auto text = std::make_shared<std::string>();
    std::vector<std::size_t> starts;
    for (int row = begin; row < end; ++row) {
      starts.push_back(text->size());
      *text += row_text(row);
    }
    starts.push_back(text->size());
    raw.bytes_read = text->size();
    text->append(kPadding, '\0');
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
      const bool is_delete = deletes_ && !has(Mistake::kUpsertsAmongDeletes);
      raw.records.push_back({.bytes = std::string_view(*text).substr(starts[i], starts[i + 1] - starts[i]),
                             .operation = is_delete ? Operation::kDelete : Operation::kUpsert,
                             .position = static_cast<std::uint64_t>(begin) + i});
    }
    raw.origins.emplace_back("planted:rows");
    raw.buffer = text;
    return raw;
  }

  const Mistake mistake_;
  const IngestionType type_;
  const bool deletes_;
  const int end_;
  const int start_;
  int next_;
  int page_began_ = 0;
  const int page_size_;
  const std::string token_;
  const ReadContext context_;
  bool at_end_ = false;
};

class PlantedConnect final : public LakeflowConnect, public RowCount {
 public:
  PlantedConnect(Mistake mistake, const Options& options, std::shared_ptr<int> readings_left)
      : mistake_(mistake), options_(options), readings_left_(std::move(readings_left)) {}

  Result<std::vector<std::string>> list_tables() override {
    std::vector<std::string> tables{"changes", "facts", "codes"};
    if (mistake_ == Mistake::kListsATableTwice) tables.emplace_back("facts");
    if (mistake_ == Mistake::kListChanges && ++calls_ > 1) tables.pop_back();
    return tables;
  }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options&) override {
    LAKEFLOW_TRY(type_of(table_name));
    arrow::FieldVector fields{arrow::field("id", arrow::utf8()), arrow::field("updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                              arrow::field("number", arrow::int64()), arrow::field("place", arrow::struct_({arrow::field("city", arrow::utf8())}))};
    if (mistake_ == Mistake::kColumnTwice) fields.push_back(fields[3]->WithType(arrow::struct_({fields[2], fields[2]}))->WithName("pair"));
    if (mistake_ == Mistake::kSchemaChanges && ++calls_ % 2 == 0) fields.push_back(arrow::field("late", arrow::utf8()));
    return arrow::schema(fields);
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options&) override {
    LAKEFLOW_ASSIGN(const IngestionType type, type_of(table_name));
    TableMetadata metadata{.ingestion_type = type, .primary_keys = {"id"}, .cursor_field = "updated", .subject_field = {}};
    if (type == IngestionType::kSnapshot || mistake_ == Mistake::kNoCursorDeclared) metadata.cursor_field.clear();
    if (mistake_ == Mistake::kKeyIsNoColumn) metadata.primary_keys = {"identifier"};
    return metadata;
  }

  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start, const Options&,
                                                   const ReadContext& context) override {
    return open(table_name, false, start, context);
  }

  Result<std::unique_ptr<RecordReader>> read_table_deletes(std::string_view table_name, const Offset& start, const Options& options,
                                                           const ReadContext& context) override {
    if (mistake_ == Mistake::kNoStreamOfDeletes) return LakeflowConnect::read_table_deletes(table_name, start, options, context);
    return open(table_name, true, start, context);
  }

  Result<std::optional<std::uint64_t>> count_rows(const TableRequest&, const ReadContext&) override { return kRows; }

 private:
  Result<IngestionType> type_of(std::string_view table) const {
    if (table == "changes") return IngestionType::kCdcWithDeletes;
    if (table == "facts" || mistake_ == Mistake::kTakesAnyTable) return IngestionType::kAppend;
    if (table == "codes") return IngestionType::kSnapshot;
    return std::unexpected(Error::user(fmt::format("there is no table {}", table), "lakeflow discover lists the tables"));
  }

  Result<std::unique_ptr<RecordReader>> open(std::string_view table_name, bool deletes, const Offset& start, const ReadContext& context) {
    LAKEFLOW_ASSIGN(const IngestionType type, type_of(table_name));
    if (readings_left_ != nullptr && --*readings_left_ < 0) return std::unexpected(Error::source("GET /rows: nobody answers"));
    LAKEFLOW_ASSIGN(const std::optional<std::int64_t> page_size, options_.integer("page_size"));
    int place = 0;
    if (const std::size_t digits = start.json().find_first_of("0123456789"); digits != std::string::npos) {
      std::from_chars(start.json().data() + digits, start.json().data() + start.json().size(), place);
    }
    return std::make_unique<PlantedReader>(mistake_, type, deletes, place, page_size.value_or(7), options_.text("token"), context);
  }

  const Mistake mistake_;
  const Options options_;
  const std::shared_ptr<int> readings_left_;
  int calls_ = 0;
};

}  // namespace

ConnectorEntry planted_connector(Mistake mistake, int readings) {
  const auto left = readings == 0 ? nullptr : std::make_shared<int>(readings);
  return {.spec = ConnectorSpec::parse(kSpec).value(), .make = [mistake, left](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
            return std::make_unique<PlantedConnect>(mistake, options, left);
          }};
}

std::vector<NamedMistake> all_mistakes() {
  return {
      {Mistake::kAsksForLaterTimesOnly, "asks_for_later_times_only", "brings_all_that_the_source_counts"},
      {Mistake::kOffsetAheadOfRows, "offset_ahead_of_rows", "resumes_at_each_offset"},
      {Mistake::kGivesUpInSilence, "gives_up_in_silence", "brings_all_that_the_source_counts"},
      {Mistake::kDropsThePageThatFailed, "drops_the_page_that_failed", "brings_all_that_the_source_counts"},
      {Mistake::kSnapshotCutShort, "snapshot_cut_short", "brings_all_that_the_source_counts"},
      {Mistake::kCountsFromOneAtEachPage, "counts_from_one_at_each_page", "reads_the_same_in_small_pages"},
      {Mistake::kForgetsTheEndOfAPage, "forgets_the_end_of_a_page", "reads_the_same_in_small_pages"},
      {Mistake::kLosesRowsAtADeadline, "loses_rows_at_a_deadline", "goes_on_after_a_deadline"},
      {Mistake::kLosesRowsAtAStop, "loses_rows_at_a_stop", "loses_nothing_at_a_stop"},
      {Mistake::kLosesSmallBatches, "loses_small_batches", "reads_the_same_in_small_batches"},
      {Mistake::kReadsAllAgain, "reads_all_again", "brings_nothing_again_when_caught_up"},
      {Mistake::kResumesAPageBack, "resumes_a_page_back", "resumes_at_each_offset"},
      {Mistake::kSnapshotRepeatsRows, "snapshot_repeats_rows", "keys_are_unique"},
      {Mistake::kNoOffsetAtTheEnd, "no_offset_at_the_end", "offset_stands_at_its_end"},
      {Mistake::kKeysOfItsOwn, "keys_of_its_own", "reads_the_same_again"},
      {Mistake::kKeysAreNull, "keys_are_null", "every_row_has_its_key"},
      {Mistake::kCursorIsNull, "cursor_is_null", "every_row_has_its_cursor"},
      {Mistake::kValuesDoNotFit, "values_do_not_fit", "values_fit_the_schema"},
      {Mistake::kRecordsAreNoJson, "records_are_no_json", "decodes_its_records"},
      {Mistake::kRecordsAreEmpty, "records_are_empty", "fills_its_columns"},
      {Mistake::kAllInOneBatch, "all_in_one_batch", "batches_are_bounded"},
      {Mistake::kContentOfTheMoment, "content_of_the_moment", "reads_the_same_again"},
      {Mistake::kSchemaChanges, "schema_changes", "declares_the_same_again"},
      {Mistake::kColumnTwice, "column_twice", "names_each_column_once"},
      {Mistake::kKeyIsNoColumn, "key_is_no_column", "declares_what_its_type_needs"},
      {Mistake::kNoCursorDeclared, "no_cursor_declared", "declares_what_its_type_needs"},
      {Mistake::kListsATableTwice, "lists_a_table_twice", "lists_tables"},
      {Mistake::kListChanges, "list_changes", "lists_the_same_again"},
      {Mistake::kTakesAnyTable, "takes_any_table", "refuses_unknown_tables"},
      {Mistake::kOffsetIsNoJson, "offset_is_no_json", "offsets_are_json"},
      {Mistake::kOffsetIsHuge, "offset_is_huge", "offsets_are_json"},
      {Mistake::kOffsetGoesBack, "offset_goes_back", "offsets_go_forward"},
      {Mistake::kStateGrowsAndGrows, "state_grows_and_grows", "state_is_bounded"},
      {Mistake::kNeverEnds, "never_ends", "reads_to_its_end"},
      {Mistake::kGivesNothingForEver, "gives_nothing_for_ever", "reads_to_its_end"},
      {Mistake::kIgnoresAStop, "ignores_a_stop", "obeys_a_stop"},
      {Mistake::kAStopIsAFault, "a_stop_is_a_fault", "obeys_a_stop"},
      {Mistake::kWrongEnd, "wrong_end", "reads_to_its_end"},
      {Mistake::kNoStreamOfDeletes, "no_stream_of_deletes", "tells_of_deletes"},
      {Mistake::kDeletesWithoutKeys, "deletes_without_keys", "tells_of_deletes"},
      {Mistake::kUpsertsAmongDeletes, "upserts_among_deletes", "tells_of_deletes"},
      {Mistake::kLogsItsToken, "logs_its_token", "logs_no_secret"},
      {Mistake::kLogsKeys, "logs_keys", "logs_no_key"},
  };
}

}  // namespace lakeflow
