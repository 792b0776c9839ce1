#include "sources/healthcare/hl7v2/hl7v2_tables.h"

#include <algorithm>

#include <arrow/type.h>
#include <fmt/format.h>

#include <functional>
#include <mutex>

#include "base/buffer_pool.h"
#include "libs/hl7v2/message_splitter.h"
#include "sources/healthcare/hl7v2/files/check_files.h"
#include "sources/healthcare/hl7v2/files/file_progress.h"
#include "sources/healthcare/hl7v2/files/file_records.h"
#include "sources/healthcare/hl7v2/files/open_store.h"
#include "sources/healthcare/hl7v2/files/reread_file.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"
#include "sources/healthcare/hl7v2/repeats/repeat_reader.h"
#include "sources/healthcare/hl7v2/tables/decoder.h"
#include "sources/healthcare/hl7v2/tables/table_catalog.h"

namespace lakeflow {
namespace {

// Tells a listener of changes for as long as it lives, and lets readers ask the watch what changed.
class FilesWatch final : public ChangeWatch {
 public:
  static std::unique_ptr<ChangeWatch> start(const hl7v2::Hl7Options& options, const FileStore& store, std::shared_ptr<hl7v2::FileMemory> memory,
                                            std::function<void()> on_change, Logger& log) {
    auto listener = std::make_shared<Listener>();
    listener->on_change = std::move(on_change);
    const auto tell = [listener] {
      const std::lock_guard lock(listener->mutex);
      if (listener->on_change) {
        listener->on_change();
      }
    };
    auto started = store.watch(options.wanted_files(), std::chrono::duration<double>(options.quiet_seconds), tell);
    const std::string problem = started ? (*started == nullptr ? std::string() : (*started)->blind_spot()) : started.error().message();
    if (!problem.empty()) {
      log.log(LogLevel::kInfo, "files may arrive unnoticed, and are then found at the next beat", {{"folder", store.root()}, {"reason", problem}});
    }
    if (!started || *started == nullptr) {
      return nullptr;
    }
    std::unique_ptr<FilesWatch> watch(new FilesWatch(std::move(listener), std::move(memory)));
    watch->memory_->set_watch(*std::move(started));
    return watch;
  }

  // A reader that was abandoned may keep the watch itself alive.
  ~FilesWatch() override {
    memory_->set_watch(nullptr);
    const std::lock_guard lock(listener_->mutex);
    listener_->on_change = nullptr;
  }
  FilesWatch(const FilesWatch&) = delete;
  FilesWatch& operator=(const FilesWatch&) = delete;

 private:
  struct Listener {
    std::mutex mutex;
    std::function<void()> on_change;
  };
  FilesWatch(std::shared_ptr<Listener> listener, std::shared_ptr<hl7v2::FileMemory> memory)
      : listener_(std::move(listener)), memory_(std::move(memory)) {}

  const std::shared_ptr<Listener> listener_;
  const std::shared_ptr<hl7v2::FileMemory> memory_;
};

class Hl7Tables final : public TableFamily {
 public:
  Hl7Tables(hl7v2::Hl7Options options, std::shared_ptr<const FileStore> store) : options_(std::move(options)), store_(std::move(store)) {}

  std::vector<std::string> list_tables() const override { return hl7v2::table_names(options_.declared_segments.get()); }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options&) const override {
    LAKEFLOW_ASSIGN(const auto rows, table_rows(table_name));
    return rows->schema();
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options&) const override {
    LAKEFLOW_ASSIGN(const auto rows, table_rows(table_name));
    TableMetadata metadata;
    metadata.ingestion_type = IngestionType::kAppend;
    metadata.primary_keys = {"_record_id"};
    metadata.cursor_field = "message_datetime";
    metadata.subject_field = table_name == "pid"                                                         ? "patient_identifier_list.id_number"
                             : rows->schema()->GetFieldIndex("patient_id") >= 0 && table_name.size() > 3 ? "patient_id"
                                                                                                         : "";
    metadata.event_fields = {"message_offset"};
    if (rows->tells_of_rejects()) {
      metadata.unread_bytes_field = "message_bytes";
      metadata.unread_reason_field = "quarantine_reason";
    }
    metadata.description = hl7v2::table_description(table_name, options_.declared_segments.get());
    return metadata;
  }

  std::string pass_group(const TableRequest&) const override { return "hl7v2"; }

  Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                    const ReadContext& context) const override {
    for (const TableRequest& table : tables) {
      LAKEFLOW_TRY(table_rows(table.table_name));
    }
    LAKEFLOW_ASSIGN(std::unique_ptr<RecordReader> reader, hl7v2::FileRecords::open(options_, store_, memory_, start_offset, context));
    const auto every_message = std::ranges::find(tables, hl7v2::kEveryMessageTable, &TableRequest::table_name);
    if (every_message != tables.end() && options_.repeat_memory > 0) {
      reader = std::make_unique<hl7v2::RepeatReader>(std::move(reader), every_message->table_name, options_.repeat_memory, context);
    }
    return reader;
  }

  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) const override {
    std::vector<std::unique_ptr<hl7v2::TableRows>> rows;
    const auto pool = BufferPool::make();
    for (const TableRequest& table : tables) {
      LAKEFLOW_ASSIGN(rows.emplace_back(), table_rows(table.table_name, pool));
    }
    return std::make_unique<hl7v2::Hl7Decoder>(options_, std::move(rows));
  }

  Result<std::string> offset_in_words(const Offset&, const StateLookup& state) const override { return hl7v2::files_in_words(state); }

  // What was read is kept file by file: no time and no text stands for it.
  Result<Offset> offset_at(const TableRequest&, TimestampMicros) const override { return std::unexpected(by_file()); }
  Result<Offset> parse_offset(const TableRequest&, std::string_view) const override { return std::unexpected(by_file()); }

  Result<std::optional<ReadAgain>> read_again(std::string_view part, const Offset& offset, const StateLookup& state) const override {
    LAKEFLOW_ASSIGN(ReadAgain again, hl7v2::reread_file(part, store_->root(), offset, state));
    return again;
  }

  std::vector<std::string> subject_values(std::string_view, std::string_view person) const override { return {std::string(person)}; }

  std::unique_ptr<ChangeWatch> watch_changes(std::span<const TableRequest> tables, std::function<void(const std::vector<std::string>&)> on_change,
                                             Logger& log) const override {
    std::vector<std::string> names;
    for (const TableRequest& table : tables) {
      names.push_back(table.table_name);
    }
    return FilesWatch::start(options_, *store_, memory_, [names = std::move(names), on_change = std::move(on_change)] { on_change(names); }, log);
  }

  Status divide(std::span<const TableRequest>, std::string_view bytes, std::string_view reason, std::uint32_t origin, std::uint64_t position,
                RawRecords& into) const override {
    // Seen by themselves these look whole.
    if (reason == "torn_message" || reason == "message_too_large") {
      into.broken.push_back({.record = {.bytes = bytes, .operation = Operation::kUpsert, .origin = origin, .position = position},
                             .reason = std::string(reason),
                             .detail = "what is here is a part of a message"});
      return {};
    }
    hl7v2::MessageSplitter splitter(hl7v2::SplitterState{.position = position});
    std::vector<hl7v2::Piece> pieces;
    splitter.split(bytes, /*at_end=*/true, pieces);
    hl7v2::add_pieces(pieces, origin, into);
    return {};
  }

  // One reading fills all of the tables.
  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest>, const ReadContext& context) const override {
    return hl7v2::check_files(options_, *store_, context.stop);
  }

 private:
  static Error by_file() {
    return Error::user("HL7 files are read one by one, and have no place in time to begin at",
                       "to read all files again: lakeflow ingest --full-refresh; to read one of them again: lakeflow state reread");
  }

  Result<std::unique_ptr<hl7v2::TableRows>> table_rows(std::string_view table_name, std::shared_ptr<BufferPool> pool = BufferPool::make()) const {
    auto rows = hl7v2::make_table_rows(table_name, std::move(pool), options_.declared_segments.get());
    if (rows == nullptr) {
      return std::unexpected(Error::user(fmt::format("there is no HL7 table {}", table_name)));
    }
    return rows;
  }

  const hl7v2::Hl7Options options_;
  const std::shared_ptr<const FileStore> store_;
  const std::shared_ptr<hl7v2::FileMemory> memory_ = std::make_shared<hl7v2::FileMemory>();
};

}  // namespace

Result<std::unique_ptr<TableFamily>> make_hl7v2_tables(const Options& connection_options) {
  LAKEFLOW_ASSIGN(hl7v2::Hl7Options options, hl7v2::Hl7Options::parse(connection_options));
  LAKEFLOW_ASSIGN(std::shared_ptr<const FileStore> store, hl7v2::open_store(options));
  return std::make_unique<Hl7Tables>(std::move(options), std::move(store));
}

}  // namespace lakeflow
