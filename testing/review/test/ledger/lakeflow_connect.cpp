#include "testing/review/test/ledger/lakeflow_connect.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include <arrow/type.h>
#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMostRecordsInABatch = 100;

Status check_name(std::string_view table_name) {
  const std::vector<std::string> names = {"entries"};
  if (std::ranges::find(names, table_name) != names.end()) {
    return {};
  }
  const std::optional<std::string> nearest = nearest_name(table_name, names);
  return std::unexpected(
      Error::user(fmt::format("unknown table {}", table_name), nearest ? fmt::format("did you mean {}?", *nearest) : "the ledger has: entries"));
}

class LedgerReader final : public RecordReader {
 public:
  LedgerReader(const std::string& path, std::uint64_t line, const ReadContext& context) : path_(path), file_(path), context_(context) {
    for (std::string passed; line_ < line && std::getline(file_, passed); ++line_) {
    }
  }

  Result<std::variant<RawRecords, End>> next() override {
    if (context_.stop.stop_requested()) {
      return std::unexpected(Error::interrupted("stopped"));
    }
    if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) {
      return End::kLimit;
    }
    if (!file_.is_open()) {
      return std::unexpected(Error::source(fmt::format("{} can't be opened", path_)));
    }
    RawRecords raw = batch();
    if (raw.records.empty()) {
      return End::kCaughtUp;
    }
    return raw;
  }

  std::optional<Offset> offset() const override { return Offset(fmt::format("{{\"line\":{}}}", line_)); }

 private:
  RawRecords batch() {
    const auto text = std::make_shared<std::string>();
    std::vector<std::size_t> starts;
    const std::uint64_t first = line_;
    for (std::string line; starts.size() < kMostRecordsInABatch && text->size() < context_.batch_bytes && std::getline(file_, line); ++line_) {
      starts.push_back(text->size());
      *text += line;
    }
    const std::size_t end = text->size();
    text->append(kPadding, '\0');
    RawRecords raw;
    raw.origins.push_back(path_);
    raw.bytes_read = end;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      const std::size_t next = i + 1 < starts.size() ? starts[i + 1] : end;
      raw.records.push_back({.bytes = std::string_view(*text).substr(starts[i], next - starts[i]), .position = first + i});
    }
    raw.buffer = text;
    return raw;
  }

  const std::string path_;
  std::ifstream file_;
  const ReadContext context_;
  std::uint64_t line_ = 0;
};

}  // namespace

Result<std::unique_ptr<LakeflowConnect>> LedgerConnect::make(const Options& connection_options) {
  return std::make_unique<LedgerConnect>(connection_options.text("path"));
}

Result<std::vector<std::string>> LedgerConnect::list_tables() { return std::vector<std::string>{"entries"}; }

Result<std::shared_ptr<arrow::Schema>> LedgerConnect::get_table_schema(std::string_view table_name, const Options&) {
  LAKEFLOW_TRY(check_name(table_name));
  return arrow::schema({arrow::field("number", arrow::int64()), arrow::field("booked", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")),
                        arrow::field("account", arrow::struct_({arrow::field("name", arrow::utf8()), arrow::field("place", arrow::utf8())}))});
}

Result<TableMetadata> LedgerConnect::read_table_metadata(std::string_view table_name, const Options&) {
  LAKEFLOW_TRY(check_name(table_name));
  return TableMetadata{.ingestion_type = IngestionType::kAppend,
                       .primary_keys = {"number"},
                       .cursor_field = "booked",
                       .subject_field = {},
                       .description = "An entry of the ledger"};
}

Result<std::unique_ptr<RecordReader>> LedgerConnect::read_table(std::string_view table_name, const Offset& start_offset, const Options&,
                                                                const ReadContext& context) {
  LAKEFLOW_TRY(check_name(table_name));
  std::uint64_t line = 0;
  if (const std::size_t digits = start_offset.json().find_first_of("0123456789"); digits != std::string::npos) {
    std::from_chars(start_offset.json().data() + digits, start_offset.json().data() + start_offset.json().size(), line);
  }
  return std::make_unique<LedgerReader>(path_, line, context);
}

}  // namespace lakeflow
