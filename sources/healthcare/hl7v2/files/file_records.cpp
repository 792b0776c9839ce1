#include "sources/healthcare/hl7v2/files/file_records.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "libs/files/packed_name.h"
#include "libs/files/path_text.h"
#include "sources/healthcare/hl7v2/files/renamed_files.h"
#include "sources/healthcare/hl7v2/files/reread_file.h"

namespace lakeflow::hl7v2 {
namespace {

// Less than this is not worth a read of its own at the end of a buffer.
constexpr std::size_t kLeastWindow = 64 * 1024;
// What goes on without an end for longer is no message.
constexpr std::size_t kMaximumMessageBytes = 64U << 20U;
// How much of it goes to quarantine; the file holds the rest.
constexpr std::size_t kKeptOfTooLarge = 1U << 20U;

// Also where a watch says that it sees everything: it may be mistaken, as about a link's target or a folder that is mounted elsewhere.
constexpr std::chrono::seconds kBetweenListings{60};

// What is known of a file of which nothing counts any more that was read under its name.
FileProgress as_another_file(const KnownFiles& known, const std::string& path, const FileProgress& now) {
  FileProgress progress;
  progress.identity = now.identity;
  progress.has_ended = now.has_ended;
  progress.number = known.next_number(path);
  return progress;
}

// Tells a later file of a name from the first, which is told from it by having none.
std::string number_text(char separator, std::uint64_t number) { return number == 0 ? std::string() : separator + fmt::format("{}", number + 1); }

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

FileRecords::FileRecords(const Hl7Options& options, std::shared_ptr<const FileStore> store, std::shared_ptr<FileMemory> memory, Offset start,
                         std::optional<StateDigest> start_digest, const ReadContext& context)
    : options_(options),
      store_(std::move(store)),
      memory_(std::move(memory)),
      context_(context),
      start_(std::move(start)),
      start_digest_(start_digest),
      queue_(options_, *store_, context_),
      ahead_(store_, static_cast<std::size_t>(options_.parallel_files) - 1, context_.stop),
      window_bytes_(std::max(context.batch_bytes, kLeastWindow)) {}

FileRecords::~FileRecords() {
  if (!has_begun_ || context_.state == nullptr) {
    return;
  }
  RememberedFiles remembered{.known = std::move(known_), .left = {}, .unsettled = {}, .look = {}};
  // After an error or a stop the store is listed anew.
  if (has_ended_) {
    if (archive_ != nullptr || file_) {
      queue_.look_again(archive_ != nullptr ? archive_->path() : file_->path);
    }
    remembered.left = queue_.take_left();
    remembered.unsettled = queue_.take_unsettled();
    remembered.look = std::move(look_);
  }
  memory_->give(std::move(remembered));
}

Result<std::unique_ptr<FileRecords>> FileRecords::open(const Hl7Options& options, std::shared_ptr<const FileStore> store,
                                                       std::shared_ptr<FileMemory> memory, const Offset& start, const ReadContext& context) {
  std::optional<StateDigest> digest = StateDigest();
  if (!start.is_start()) {
    const auto json = nlohmann::json::parse(start.json(), nullptr, false);
    const bool is_count = json.is_object() && json.contains("changes") && json.at("changes").is_number_unsigned();
    digest = parse_files_offset(start);
    if (!digest && !is_count) {
      return std::unexpected(
          Error::user("the entry offset of its state in the destination is none of an HL7 table, as if it had been changed by hand",
                      "lakeflow ingest --full-refresh reads all files again into a table that is built anew"));
    }
  }
  return std::unique_ptr<FileRecords>(new FileRecords(options, std::move(store), std::move(memory), start, digest, context));
}

std::optional<Offset> FileRecords::offset() const {
  if (!has_begun_) {
    return start_.is_start() ? std::nullopt : std::optional(start_);
  }
  return files_offset(known_.digest());
}

StateDelta FileRecords::state_delta() {
  StateDelta delta;
  for (const auto& [path, progress] : pending_) {
    delta.entries.emplace_back(file_key(path), progress ? std::optional(progress->to_json()) : std::nullopt);
  }
  pending_.clear();
  return delta;
}

void FileRecords::put(const std::string& path, std::optional<FileProgress> progress) { staged_.insert_or_assign(path, std::move(progress)); }

void FileRecords::settle() {
  for (auto& [path, progress] : staged_) {
    if (known_.put(path, progress)) {
      pending_.insert_or_assign(path, std::move(progress));
    }
  }
  staged_.clear();
}

// Brings the state to memory, and the files that are to be read into the queue.
Status FileRecords::begin() {
  std::optional<RememberedFiles> remembered = context_.state != nullptr && start_digest_ ? memory_->take(*start_digest_) : std::nullopt;
  if (remembered) {
    known_ = std::move(remembered->known);
  } else if (context_.state != nullptr) {
    LAKEFLOW_ASSIGN(known_, KnownFiles::load(*context_.state));
    if (start_digest_ && known_.digest() != *start_digest_) {
      return std::unexpected(
          Error::user("the entries of its state in the destination are not those that its offset was committed with, as if some had been changed by "
                      "hand: files would be read twice, or not at all",
                      "lakeflow ingest --full-refresh reads all files again into a table that is built anew"));
    }
  }
  LAKEFLOW_TRY(fill_queue(std::move(remembered)));
  for (const auto& [path, progress] : queue_.changed()) {
    pending_.insert_or_assign(path, progress);
  }
  has_begun_ = true;
  return {};
}

// What changed is looked at where somebody watched since the last look, and all that is there where nobody did, and now and then in any case.
Status FileRecords::fill_queue(std::optional<RememberedFiles> remembered) {
  if (remembered && !remembered->left.empty()) {
    look_ = std::move(remembered->look);
    queue_.fill(std::move(remembered->left), std::move(remembered->unsettled));
    return {};
  }
  const auto now = std::chrono::steady_clock::now();
  look_ = {.watch = context_.state == nullptr ? nullptr : memory_->watch(), .place = 0, .listed_at = now};
  if (look_.watch == nullptr) {
    return queue_.fill(known_);
  }
  look_.place = look_.watch->place();
  queue_.leave_young_to(*look_.watch);
  const bool is_watched = remembered && remembered->look.watch == look_.watch && now - remembered->look.listed_at < kBetweenListings;
  std::optional<std::vector<std::string>> changed = is_watched ? look_.watch->changed_since(remembered->look.place) : std::nullopt;
  if (!changed) {
    return queue_.fill(known_);
  }
  look_.listed_at = remembered->look.listed_at;
  changed->insert(changed->end(), remembered->unsettled.begin(), remembered->unsettled.end());
  std::ranges::sort(*changed);
  changed->erase(std::ranges::unique(*changed).begin(), changed->end());
  return queue_.fill(known_, *changed);
}

Result<std::variant<RawRecords, End>> FileRecords::next() {
  if (context_.stop.stop_requested()) {
    return std::unexpected(Error::interrupted("the read of HL7 files was stopped"));
  }
  has_ended_ = false;
  staged_.clear();  // of a call that failed
  if (!has_begun_) {
    LAKEFLOW_TRY(begin());
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
      const bool would_wait = archive_ == nullptr && !queue_.has_ready() && batch.used > 0;
      if (would_wait) {
        break;
      }
      // A limit cuts no file and no archive.
      if (at_limit && archive_ == nullptr) {
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
  settle();
  std::memset(batch.memory.get() + batch.used, 0, kPadding);
  const RawRecords& records = batch.records;
  const bool has_any = !records.records.empty() || !records.broken.empty() || !records.filtered.empty() || records.bytes_read > 0;
  if (end && !has_any) {
    has_ended_ = true;
    return *end;
  }
  return std::move(batch.records);
}

Result<bool> FileRecords::open_next(Batch& batch) {
  if (archive_ != nullptr) {
    return open_member(batch);
  }
  LAKEFLOW_ASSIGN(std::optional<std::string> path, queue_.next());
  if (!path) {
    return false;
  }
  auto opened = ahead_.open(*path, queue_.ready(), static_cast<std::size_t>(options_.files_a_read - files_read_));
  if (!opened && opened.error().kind() != ErrorKind::kUser) {
    return std::unexpected(std::move(opened).error());
  }
  if (!opened) {
    context_.log->log(LogLevel::kWarning, "a file cannot be opened, and waits for the next read",
                      {{"file", path_text(*path)}, {"reason", opened.error().message()}});
    ++batch.records.filtered["file_unreadable"];
    queue_.look_again(*std::move(path));
    return true;
  }
  if (*opened == nullptr) {
    return true;
  }
  LAKEFLOW_ASSIGN(const FileIdentity identity, (*opened)->identity());
  LAKEFLOW_ASSIGN(Unpacked unpacked, unpack(*std::move(opened), Archives::kOpen, options_.unpack_limits));
  ++files_read_;
  if (unpacked.archive != nullptr) {
    archive_ = std::make_unique<ArchiveMembers>(options_, known_, *std::move(path), identity, std::move(unpacked.archive));
    return true;
  }
  LAKEFLOW_TRY(begin_file(*std::move(path), std::move(unpacked.text), batch));
  return true;
}

Result<bool> FileRecords::open_member(Batch& batch) {
  LAKEFLOW_ASSIGN(std::optional<ArchiveMembers::Member> member, archive_->next());
  LAKEFLOW_TRY(member ? begin_file(std::move(member->path), std::move(member->reader), batch) : finish_archive(batch));
  return true;
}

Status FileRecords::finish_archive(Batch& batch) {
  LAKEFLOW_ASSIGN(const FileProgress progress, archive_->progress());
  const auto damage = archive_->damage();
  if (damage && progress.is_complete()) {
    report_damage(archive_->path(), progress.identity.size, {}, *damage, batch);
  }
  // Of a damaged archive nobody knows what else it has.
  for (const std::string& path : damage ? std::vector<std::string>() : archive_->vanished()) {
    FileProgress missing = *known_.find(path);
    if (!missing.missing_since) {
      missing.missing_since = now_micros();
      put(path, std::move(missing));
    }
  }
  put(archive_->path(), progress);
  archive_.reset();
  return {};
}

void FileRecords::report_damage(const std::string& path, std::uint64_t position, std::string_view bytes, const Damage& damage, Batch& batch) {
  context_.log->log(LogLevel::kWarning, "a packed file cannot be read to its end; if it is put right, or replaced by a whole one, it is read on",
                    {{"file", path_text(path)}, {"reason", damage.reason}, {"detail", damage.detail}});
  RawRecords& records = batch.records;
  const RawRecord record{
      .bytes = bytes, .operation = Operation::kUpsert, .origin = static_cast<std::uint32_t>(records.origins.size()), .position = position};
  records.origins.push_back(fmt::format("{}/{}", store_->root(), path_text(path)));
  records.origin_keys.push_back(path);
  records.broken.push_back({record, damage.reason, damage.detail});
}

Status FileRecords::begin_file(std::string path, std::unique_ptr<FileReader> text, Batch& batch) {
  const FileProgress* known = known_.find(path);
  // A file that has the name of an archive now is another one.
  const bool was_archive = known != nullptr && known->is_archive;
  OpenFile file{.path = std::move(path), .reader = std::move(text), .progress = known == nullptr || was_archive ? FileProgress() : *known};
  LAKEFLOW_ASSIGN(file.progress.identity, file.reader->identity());
  file.progress.has_ended = file.reader->is_packed() ? std::optional(false) : std::nullopt;
  file.progress.is_damaged = false;
  file.progress.missing_since.reset();
  if (known == nullptr || was_archive) {
    file.progress.number = known_.next_number(file.path);
    LAKEFLOW_TRY(take_up_uncompressed(file));
  } else {
    LAKEFLOW_ASSIGN(const bool goes_on, is_continued(file, *known, batch));
    if (!goes_on) {
      put(file.path, file.progress);
      return {};
    }
  }
  file_ = std::move(file);
  if (file_->progress.is_complete()) {
    LAKEFLOW_TRY(finish_file());
  }
  return {};
}

Status FileRecords::take_up_uncompressed(OpenFile& file) {
  const std::optional<std::string> name = file.reader->is_packed() ? uncompressed_name(file.path) : std::nullopt;
  const FileProgress* const before = name ? known_.find(*name) : nullptr;
  if (before == nullptr || before->is_archive || before->splitter.position == 0) {
    return {};
  }
  LAKEFLOW_ASSIGN(const std::optional<FileIdentity> still_there, store_->find(*name));
  if (still_there) {
    return {};
  }
  LAKEFLOW_ASSIGN(const bool is_same, begins_as_read(*file.reader, file.progress.identity, *before));
  if (is_same) {
    FileProgress progress = *before;
    progress.identity = file.progress.identity;
    progress.has_ended = false;
    progress.number = file.progress.number;
    progress.renamed_from = before->key_file(*name);
    progress.missing_since.reset();
    file.progress = std::move(progress);
    put(*name, std::nullopt);
    context_.log->log(LogLevel::kInfo, "a file that was read before was compressed", {{"file", path_text(file.path)}, {"before", path_text(*name)}});
  }
  return {};
}

Result<bool> FileRecords::is_continued(OpenFile& file, const FileProgress& known, Batch& batch) {
  LAKEFLOW_ASSIGN(const bool begins_as_before, begins_as_read(*file.reader, file.progress.identity, known));
  file.progress.is_refused = !begins_as_before && !options_.reads_rewritten;
  if (file.progress.is_refused) {
    context_.log->log(
        LogLevel::kWarning,
        "a file that was read before was written anew, and is not read again: lakeflow state reread, or on_rewrite: read, lets it be read",
        {{"file", path_text(file.path)}});
    ++batch.records.filtered["file_rewritten"];
    return false;
  }
  if (!begins_as_before) {
    context_.log->log(LogLevel::kWarning, "a file that was read before was written anew, and is read as another file of its name",
                      {{"file", path_text(file.path)}});
    file.progress = as_another_file(known_, file.path, file.progress);
    return true;
  }
  // Its beginning and its end are those that were read; of what lies between nobody knows.
  const FileIdentity& now = file.progress.identity;
  const bool may_be_edited = now.size == known.identity.size && now != known.identity && known.splitter.position > FileReader::kWholeFingerprint;
  if (may_be_edited && known.is_complete() && !known.is_refused && !known.is_damaged) {
    context_.log->log(LogLevel::kWarning,
                      "a file that was read before was touched, or changed inside without a change of its size; it is not read again: if it was "
                      "edited, lakeflow state reread lets it be read",
                      {{"file", path_text(file.path)}});
    ++batch.records.filtered["file_touched"];
  }
  return true;
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
  const std::optional<Damage> damage = reaches_end && is_settled ? file_->reader->damage() : std::nullopt;
  const bool is_oversized = count >= kMaximumMessageBytes && !reaches_end;

  MessageSplitter splitter(progress.splitter);
  std::vector<Piece> pieces;
  splitter.split({window, count}, (reaches_end && is_settled && !damage) || is_oversized, pieces);
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
    if (damage) {
      progress.is_damaged = true;
      const std::size_t kept = std::min(count - consumed, kKeptOfTooLarge);
      report_damage(file_->path, progress.splitter.position, {window + consumed, kept}, *damage, batch);
      batch.used += kept;
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
    records.origins.push_back(fmt::format("{}/{}{}", store_->root(), path_text(file_->path), number_text('#', file_->progress.number)));
    const NamedFile first = file_->progress.key_file(file_->path);
    records.origin_keys.push_back(first.path + number_text('\0', first.number));
  }
  add_pieces(pieces, file_->origin, records);
}

void add_pieces(const std::vector<Piece>& pieces, std::uint32_t origin, RawRecords& records) {
  for (const Piece& piece : pieces) {
    const RawRecord record{.bytes = piece.bytes, .operation = Operation::kUpsert, .origin = origin, .position = piece.position};
    switch (piece.kind) {
      case PieceKind::kMessage: records.records.push_back(record); break;
      case PieceKind::kBroken: records.broken.push_back({record, std::string(piece.reason), piece.detail}); break;
      case PieceKind::kEnvelope: ++records.filtered["batch_envelope"]; break;
    }
  }
}

}  // namespace lakeflow::hl7v2
