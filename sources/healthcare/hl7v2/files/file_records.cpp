#include "sources/healthcare/hl7v2/files/file_records.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow::hl7v2 {
namespace {

// Less than this is not worth a read of its own at the end of a buffer.
constexpr std::size_t kLeastWindow = 64 * 1024;
// What goes on without an end for longer is no message.
constexpr std::size_t kMaximumMessageBytes = 64U << 20U;
// How much of it goes to quarantine; the file holds the rest.
constexpr std::size_t kKeptOfTooLarge = 1U << 20U;

}  // namespace

// What one call of next() collects.
struct FileRecords::Batch {
  explicit Batch(std::size_t bytes) : capacity(bytes), memory(std::make_shared_for_overwrite<char[]>(bytes + kPadding)) { records.buffer = memory; }
  std::size_t room() const { return capacity - used; }

  std::size_t capacity;
  std::size_t used = 0;
  std::shared_ptr<char[]> memory;
  RawRecords records;
  bool is_full = false;
};

FileRecords::FileRecords(const Hl7Options& options, std::shared_ptr<const FileStore> store, std::uint64_t changes, bool at_start,
                         const ReadContext& context)
    : options_(options),
      store_(std::move(store)),
      context_(context),
      queue_(options_, *store_, context_),
      at_start_(at_start),
      changes_(changes),
      window_bytes_(std::max(context.batch_bytes, kLeastWindow)) {}

Result<std::unique_ptr<FileRecords>> FileRecords::open(const Hl7Options& options, std::shared_ptr<const FileStore> store, const Offset& start,
                                                       const ReadContext& context) {
  std::uint64_t changes = 0;
  if (!start.is_start()) {
    const auto json = nlohmann::json::parse(start.json(), nullptr, false);
    const auto member = json.is_object() ? json.find("changes") : json.end();
    if (member == json.end() || !member->is_number_unsigned()) {
      return std::unexpected(
          Error::user("the entry offset of its state in the destination is none of an HL7 table, as if it had been changed by hand",
                      "lakeflow ingest --full-refresh reads all files again into a table that is built anew"));
    }
    changes = member->get<std::uint64_t>();
  }
  return std::unique_ptr<FileRecords>(new FileRecords(options, std::move(store), changes, start.is_start(), context));
}

std::optional<Offset> FileRecords::offset() const {
  if (at_start_ && !is_filled_) {
    return std::nullopt;
  }
  return Offset(fmt::format(R"({{"changes":{}}})", changes_));
}

StateDelta FileRecords::state_delta() {
  StateDelta delta;
  for (const auto& [path, progress] : pending_) {
    delta.entries.emplace_back(std::string(kFileKeyPrefix) + path, progress ? std::optional(progress->to_json()) : std::nullopt);
  }
  pending_.clear();
  return delta;
}

void FileRecords::put(const std::string& path, std::optional<FileProgress> progress) { staged_.insert_or_assign(path, std::move(progress)); }

Result<std::variant<RawRecords, End>> FileRecords::next() {
  if (context_.stop.stop_requested()) {
    return std::unexpected(Error::interrupted("the read of HL7 files was stopped"));
  }
  if (!is_filled_) {
    LAKEFLOW_TRY(queue_.fill());
    is_filled_ = true;
    for (const auto& [path, progress] : queue_.changed()) {
      put(path, progress);
    }
  }
  Batch batch(window_bytes_);
  std::optional<End> end;
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) {
    end = End::kLimit;
  }
  while (!end && !batch.is_full) {
    if (!file_) {
      const bool at_limit = files_read_ >= options_.files_a_read || (options_.bytes_a_read && bytes_read_ >= *options_.bytes_a_read);
      // What there is goes out before a wait for the files that are not quiet yet.
      const bool would_wait = !queue_.has_ready() && batch.used > 0;
      if (would_wait) {
        break;
      }
      if (at_limit) {
        end = queue_.has_ready() ? End::kLimit : End::kCaughtUp;
        break;
      }
      LAKEFLOW_ASSIGN(const bool has_more, open_next(batch));
      if (!has_more) {
        end = End::kCaughtUp;
      }
      continue;
    }
    LAKEFLOW_TRY(read_some(batch));
  }
  if (file_) {
    // The next call gives the file an origin of its own.
    file_->has_origin = false;
    LAKEFLOW_TRY(note_fingerprint());
    put(file_->path, file_->progress);
  }
  // An error before this leaves the state as it was after the call before.
  changes_ += staged_.empty() ? 0U : 1U;
  for (auto& [path, progress] : staged_) {
    pending_.insert_or_assign(path, std::move(progress));
  }
  staged_.clear();
  std::memset(batch.memory.get() + batch.used, 0, kPadding);
  const RawRecords& records = batch.records;
  const bool has_any = !records.records.empty() || !records.broken.empty() || !records.filtered.empty() || records.bytes_read > 0;
  if (end && !has_any) {
    return *end;
  }
  return std::move(batch.records);
}

Result<bool> FileRecords::open_next(Batch& batch) {
  LAKEFLOW_ASSIGN(std::optional<QueuedFile> queued, queue_.next());
  if (!queued) {
    return false;
  }
  auto opened = store_->open(queued->path);
  if (!opened) {
    context_.log->log(LogLevel::kWarning, "a file cannot be opened, and waits for the next read",
                      {{"file", queued->path}, {"reason", opened.error().message()}});
    ++batch.records.filtered["file_unreadable"];
    return true;
  }
  if (*opened == nullptr) {
    return true;
  }
  OpenFile file{.path = std::move(queued->path), .reader = *std::move(opened), .progress = queued->progress.value_or(FileProgress())};
  LAKEFLOW_ASSIGN(const FileIdentity identity, file.reader->identity());
  file.progress.identity = identity;
  file.progress.has_ended = file.reader->is_packed() ? std::optional(false) : std::nullopt;
  if (queued->progress) {
    LAKEFLOW_ASSIGN(const bool is_continued, is_continued(file));
    file.progress.is_refused = !is_continued;
    if (!is_continued) {
      context_.log->log(LogLevel::kWarning,
                        "a file that was read before was written anew, and is not read again: give it a new name, or refresh the tables",
                        {{"file", file.path}});
      ++batch.records.filtered["file_rewritten"];
      put(file.path, file.progress);
      return true;
    }
    // Its beginning and its end are those that were read; of what lies between nobody knows.
    const FileIdentity& before = queued->progress->identity;
    const bool may_be_edited = identity.size == before.size && identity != before && file.progress.splitter.position > FileReader::kWholeFingerprint;
    if (may_be_edited && queued->progress->is_complete() && !queued->progress->is_refused) {
      context_.log->log(LogLevel::kWarning,
                        "a file that was read before was touched, or changed inside without a change of its size; it is not read again: if it was "
                        "edited, give it a new name, or refresh the tables",
                        {{"file", file.path}});
      ++batch.records.filtered["file_touched"];
    }
  }
  ++files_read_;
  file_ = std::move(file);
  if (file_->progress.is_complete()) {
    LAKEFLOW_TRY(finish_file());
  }
  return true;
}

Result<bool> FileRecords::is_continued(const OpenFile& file) const {
  const std::uint64_t read = file.progress.splitter.position;
  if (read == 0) {
    return true;
  }
  if (!file.reader->is_packed() && file.progress.identity.size < read) {
    return false;
  }
  LAKEFLOW_ASSIGN(const std::string fingerprint, file.reader->fingerprint(read));
  return fingerprint == file.progress.fingerprint;
}

Status FileRecords::note_fingerprint() {
  if (file_->progress.splitter.position > 0) {
    LAKEFLOW_ASSIGN(file_->progress.fingerprint, file_->reader->fingerprint(file_->progress.splitter.position));
  }
  return {};
}

Status FileRecords::finish_file() {
  LAKEFLOW_TRY(note_fingerprint());
  put(file_->path, file_->progress);
  file_.reset();
  window_bytes_ = std::max(context_.batch_bytes, kLeastWindow);
  return {};
}

Status FileRecords::read_some(Batch& batch) {
  FileProgress& progress = file_->progress;
  const bool is_packed = file_->reader->is_packed();
  const std::uint64_t left = is_packed ? UINT64_MAX : progress.identity.size - progress.splitter.position;
  if (batch.room() < std::min<std::uint64_t>(left, kLeastWindow)) {
    batch.is_full = true;
    return {};
  }
  char* const window = batch.memory.get() + batch.used;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(batch.room(), left));
  LAKEFLOW_ASSIGN(const std::size_t count, file_->reader->read(progress.splitter.position, {window, wanted}));

  // The file may go on, or have been cut, since it was opened: then its last message may be half of one, and waits.
  const bool reaches_end = is_packed ? count < wanted : wanted == left;
  LAKEFLOW_ASSIGN(const FileIdentity now, file_->reader->identity());
  const bool is_settled = now == progress.identity && (count == wanted || is_packed);
  const bool is_oversized = count >= kMaximumMessageBytes && !reaches_end;

  MessageSplitter splitter(progress.splitter);
  std::vector<Piece> pieces;
  splitter.split({window, count}, (reaches_end && is_settled) || is_oversized, pieces);
  if (is_oversized && !pieces.empty() && pieces.size() == 1) {
    pieces.front().kind = PieceKind::kBroken;
    pieces.front().reason = "message_too_large";
    pieces.front().detail = fmt::format("no end within {} bytes, of which the first {} are kept here", count, kKeptOfTooLarge);
    pieces.front().bytes = pieces.front().bytes.substr(0, kKeptOfTooLarge);
  }
  const auto consumed = static_cast<std::size_t>(splitter.state().position - progress.splitter.position);
  progress.splitter = splitter.state();
  take_pieces(pieces, batch);
  batch.used += consumed;
  batch.records.bytes_read += consumed;
  bytes_read_ += consumed;

  if (reaches_end || !is_settled) {
    if (is_packed) {
      progress.has_ended = reaches_end && is_settled;
    }
    return finish_file();
  }
  if (consumed == 0) {
    // The message is larger than what is left of the buffer, or than all of it.
    window_bytes_ = batch.used > 0 ? window_bytes_ : window_bytes_ * 2;
    batch.is_full = true;
  }
  return {};
}

void FileRecords::take_pieces(const std::vector<Piece>& pieces, Batch& batch) {
  RawRecords& records = batch.records;
  if (!pieces.empty() && !file_->has_origin) {
    file_->origin = static_cast<std::uint32_t>(records.origins.size());
    file_->has_origin = true;
    records.origins.push_back(store_->root() + "/" + file_->path);
  }
  for (const Piece& piece : pieces) {
    const RawRecord record{.bytes = piece.bytes, .operation = Operation::kUpsert, .origin = file_->origin, .position = piece.position};
    switch (piece.kind) {
      case PieceKind::kMessage: records.records.push_back(record); break;
      case PieceKind::kBroken: records.broken.push_back({record, std::string(piece.reason), piece.detail}); break;
      case PieceKind::kEnvelope: ++records.filtered["batch_envelope"]; break;
    }
  }
}

}  // namespace lakeflow::hl7v2
