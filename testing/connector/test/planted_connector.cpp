#include "testing/connector/test/planted_connector.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <memory>
#include <span>
#include <thread>
#include <utility>

#include "sources/interface/row_count.h"
#include "sources/interface/write_back.h"
#include "testing/connector/test/planted_decoder.h"
#include "testing/connector/test/planted_store.h"

namespace lakeflow {
namespace {

constexpr std::string_view kSpec = R"(
name: planted
display_name: Planted
description: A source in the memory of a test.
connection_options:
  page_size: {type: integer, default: "7", help: How many rows a page has.}
  token: {type: text, secret: true, help: What lets in.}
  row_kilobytes: {type: integer, default: "0", help: How large a row is; 0 is small.}
)";

constexpr int kRows = 60;
constexpr int kTies = 5;  // rows in a row that share a time
constexpr int kDeleted = 3;

std::string time_of(int row) { return fmt::format("2024-01-01T00:{:02}:00Z", row / kTies); }
std::string time_of(const PlantedWrite& write) { return write.late ? "2024-01-01T23:59:00Z" : fmt::format("2024-01-02T00:00:{:02}Z", write.number); }

// What a reader of a table comes upon behind the rows that were there at first.
std::vector<PlantedWrite> written_since(Mistake mistake, std::vector<PlantedWrite> writes, IngestionType type, bool deletes) {
  if (mistake == Mistake::kMissesWhatIsNew) writes.clear();
  std::erase_if(writes, [&](const PlantedWrite& write) {
    return (mistake == Mistake::kMissesChanges && write.revision == 2) || (mistake == Mistake::kMissesDeletes && write.deleted) ||
           (mistake == Mistake::kMissesWhatComesBack && write.revision == 3) || (mistake == Mistake::kMissesLateCommits && write.late);
  });
  if (type != IngestionType::kSnapshot) {
    std::erase_if(writes, [&](const PlantedWrite& write) { return write.deleted != deletes; });
    return writes;
  }
  std::map<std::string, PlantedWrite> standing;
  for (const PlantedWrite& write : writes) {
    standing[write.name] = write;
  }
  writes.clear();
  for (const auto& [name, write] : standing) {
    if (!write.deleted) writes.push_back(write);
  }
  return writes;
}

// What is read: rows in the order of their times, and how many of those at the offset's time were returned.
class PlantedReader final : public RecordReader {
 public:
  PlantedReader(Mistake mistake, IngestionType type, bool deletes, std::vector<PlantedWrite> written, int start, const Options& options,
                const ReadContext& context)
      : mistake_(mistake),
        type_(type),
        deletes_(deletes),
        at_first_(!deletes                                ? kRows
                  : mistake == Mistake::kTellsOfNoDeletes ? 0
                                                          : kDeleted),
        written_(std::move(written)),
        end_(at_first_ + static_cast<int>(written_.size())),
        start_(start),
        next_(start),
        row_bytes_(static_cast<std::size_t>(number(options, "row_kilobytes", 0)) << 10U),
        page_size_(row_bytes_ > 0                             ? 1
                   : mistake == Mistake::kKeepsItsOwnPageSize ? 7
                                                              : static_cast<int>(number(options, "page_size", 7))),
        token_(options.text("token")),
        context_(context) {}

  Result<std::variant<RawRecords, End>> next() override {
    if (context_.stop.stop_requested() && !has(Mistake::kIgnoresAStop) && !has(Mistake::kLosesRowsAtAStop)) {
      return std::unexpected(has(Mistake::kAStopIsAFault) ? Error::source("it was stopped") : Error::interrupted("stopped"));
    }
    // As of a server that takes its time.
    std::this_thread::sleep_for(has(Mistake::kIgnoresAStop) ? std::chrono::milliseconds(1300) : std::chrono::milliseconds(1));
    if (has(Mistake::kLogsItsToken)) context_.log->log(LogLevel::kDebug, "GET /rows", {{"authorization", "Bearer " + token_}});
    if (has(Mistake::kGivesNothingForEver)) return RawRecords{};
    if (has(Mistake::kFindsNoRecords)) return std::unexpected(Error::data("GET /rows: it has no list there"));
    if (has(Mistake::kIsRefusedLater) && next_ >= 2 * page_size_) return std::unexpected(Error::source("GET /rows answered 400"));
    if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) {
      if (has(Mistake::kLosesRowsAtADeadline)) next_ = std::min(next_ + page_size_, end_);
      at_end_ = true;
      return End::kLimit;
    }
    if (has(Mistake::kNeverEnds) && next_ > start_) {
      next_ = start_;
      return End::kLimit;
    }
    if (has(Mistake::kMisspellsItsFilter) && start_ > 0 && !std::exchange(has_told_, true)) {
      RawRecords raw;
      raw.filtered[std::string(kNotAskedFor)] = static_cast<std::uint64_t>(start_);
      return raw;
    }
    const bool is_first = next_ == start_;
    int end = has(Mistake::kAllInOneBatch) ? end_ : std::min(next_ + page_size_, end_);
    if (has(Mistake::kGivesUpInSilence) && next_ >= kRows / 2) end = next_;
    if (has(Mistake::kSnapshotCutShort) && type_ == IngestionType::kSnapshot && next_ >= kRows / 2) end = next_;
    if (has(Mistake::kTakesAPageForAll) && !is_first) end = next_;
    if (has(Mistake::kLosesPagesOfDeletes) && deletes_ && !is_first) end = next_;
    if (has(Mistake::kForgetsTheEndOfAPage) && end - next_ < page_size_) end = next_;
    if (end == next_) {
      at_end_ = true;
      if (!has(Mistake::kTakesAPageForAll)) next_ = end_;
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
    if (has(Mistake::kReadsAllAgain) || (deletes_ && has(Mistake::kDeletesComeAgain))) place = 0;
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
  static std::int64_t number(const Options& options, std::string_view name, std::int64_t otherwise) {
    return options.integer(name).value_or(std::nullopt).value_or(otherwise);
  }
  bool has(Mistake mistake) const { return mistake_ == mistake; }

  std::string row_text(int row) {
    if (has(Mistake::kRecordsAreNoJson)) return "row " + std::to_string(row);
    if (has(Mistake::kRecordsAreEmpty)) return "{}";
    if (row >= at_first_) {
      const PlantedWrite& write = written_[static_cast<std::size_t>(row - at_first_)];
      if (deletes_ && has(Mistake::kDeletesBearNoTime)) return fmt::format(R"({{"id":"{}"}})", write.name);
      return fmt::format(R"({{"id":"{}","updated":"{}","number":{}}})", write.name, time_of(write), write.revision);
    }
    static std::atomic<int> moment = 0;
    std::string key = fmt::format("\"item-{:04}\"", row);
    if (has(Mistake::kKeysOfItsOwn)) key = fmt::format("\"row-{:08}\"", ++moment);
    if (has(Mistake::kLogsKeys)) context_.log->log(LogLevel::kDebug, "a row came", {{"id", fmt::format("item-{:04}", row)}});
    if (has(Mistake::kKeysAreNull) || (deletes_ && has(Mistake::kDeletesWithoutKeys))) key = "null";
    std::string time = time_of(deletes_ ? kRows + row : row);
    if (has(Mistake::kSecondsTakenForMilliseconds)) time.replace(0, 13, "1970-01-20T17");
    if (has(Mistake::kMillisecondsTakenForSeconds)) time.replace(0, 4, "9024");
    const bool bears_no_time = has(Mistake::kCursorIsNull) || (deletes_ && has(Mistake::kDeletesBearNoTime));
    const std::string updated = bears_no_time ? "null" : '"' + time + '"';
    const std::string number = has(Mistake::kValuesDoNotFit) ? "\"many\"" : std::to_string(has(Mistake::kContentOfTheMoment) ? ++moment : row);
    const std::size_t large = has(Mistake::kAllInOneBatch) ? std::size_t{2} << 20U : row_bytes_;
    const std::string city = large > 0 ? std::string(large, 'x') : "Utrecht";
    return fmt::format(R"({{"id":{},"updated":{},"number":{},"place":{{"city":"{}"}}{}}})", key, updated, number, city,
                       has(Mistake::kMemberWithoutColumn) || has(Mistake::kDropsWhatNoColumnIsFor) ? R"(,"colour":"red","note":null)" : "");
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
    if (has(Mistake::kKeepsItsBatches)) kept_.push_back(text);
    if (has(Mistake::kKeepsCopies)) copies_.push_back(*text);
    return raw;
  }

  const Mistake mistake_;
  const IngestionType type_;
  const bool deletes_;
  const int at_first_;
  const std::vector<PlantedWrite> written_;
  const int end_;
  const int start_;
  int next_;
  int page_began_ = 0;
  const std::size_t row_bytes_;
  const int page_size_;
  const std::string token_;
  const ReadContext context_;
  bool at_end_ = false;
  bool has_told_ = false;
  std::vector<std::shared_ptr<const std::string>> kept_;
  std::vector<std::string> copies_;
};

class PlantedConnect final : public LakeflowConnect,
                             public ConnectionCheck,
                             public RowCount,
                             public WriteBack,
                             public LateWriteBack,
                             public OwnDecoder {
 public:
  PlantedConnect(Mistake mistake, const Options& options, std::shared_ptr<PlantedStore> store, std::shared_ptr<int> readings_left)
      : mistake_(mistake), options_(options), store_(std::move(store)), readings_left_(std::move(readings_left)) {}

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
    if (mistake_ == Mistake::kColumnMisspelt) fields[3] = fields[3]->WithName("plaice");
    if (mistake_ == Mistake::kMemberWithoutColumn)
      fields.insert(fields.end(), {arrow::field("note", arrow::utf8()), arrow::field("remark", arrow::utf8())});
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

  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest>, const ReadContext&) override {
    const bool passes = mistake_ != Mistake::kFailsItsOwnCheck;
    return std::vector<CheckFinding>{{.passed = passes,
                                      .subject = "GET /rows",
                                      .message = passes ? "there are rows" : "the first row has no updated that can be read",
                                      .next_step = passes ? "" : "is its cursor described as it is sent?",
                                      .kind = ErrorKind::kInternal}};
  }

  Result<std::optional<std::uint64_t>> count_rows(const TableRequest&, const ReadContext&) override { return kRows; }

  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) override {
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Schema> schema, get_table_schema(tables.front().table_name, {}));
    return planted_decoder(mistake_, std::move(schema));
  }

  Result<WritableTable> writable_table(const TableRequest& table) override { return WritableTable{table, "a line in the journal"}; }

  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext&) override {
    store_->add(table.table_name, std::string(name), revision, false);
    return std::string(name);
  }

  Result<std::string> put_record_late(const TableRequest& table, std::string_view name, int revision, TimestampMicros, const ReadContext&) override {
    store_->add(table.table_name, std::string(name), revision, false, true);
    return std::string(name);
  }

  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext&) override {
    store_->add(table.table_name, std::string(name), 0, true);
    return {};
  }

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
    int place = 0;
    if (const std::size_t digits = start.json().find_first_of("0123456789"); digits != std::string::npos) {
      std::from_chars(start.json().data() + digits, start.json().data() + start.json().size(), place);
    }
    return std::make_unique<PlantedReader>(mistake_, type, deletes, written_since(mistake_, store_->writes(std::string(table_name)), type, deletes),
                                           place, options_, context);
  }

  const Mistake mistake_;
  const Options options_;
  const std::shared_ptr<PlantedStore> store_;
  const std::shared_ptr<int> readings_left_;
  int calls_ = 0;
};

}  // namespace

ConnectorEntry planted_connector(Mistake mistake, int readings) {
  const auto left = readings == 0 ? nullptr : std::make_shared<int>(readings);
  const auto store = std::make_shared<PlantedStore>();
  return {.spec = ConnectorSpec::parse(kSpec).value(),
          .make = [mistake, store, left](const Options& options) -> Result<std::unique_ptr<LakeflowConnect>> {
            return std::make_unique<PlantedConnect>(mistake, options, store, left);
          }};
}

}  // namespace lakeflow
