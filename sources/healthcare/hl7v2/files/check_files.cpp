#include "sources/healthcare/hl7v2/files/check_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/hl7v2/message_splitter.h"
#include "libs/packed_files/unpack.h"
#include "sources/healthcare/hl7v2/files/archive_members.h"

namespace lakeflow::hl7v2 {
namespace {

// How much of a file is looked at for its first message.
constexpr std::uint64_t kLookedAt = 4U << 20U;

CheckFinding passed(std::string subject, std::string message) { return {true, std::move(subject), std::move(message), {}}; }
CheckFinding failed(std::string subject, std::string message, std::string next_step) {
  return {false, std::move(subject), std::move(message), std::move(next_step)};
}
CheckFinding failed(std::string subject, const Error& error) { return {false, std::move(subject), error.message(), error.next_step(), error.kind()}; }

CheckFinding judge_start(const std::string& subject, std::string_view start, bool is_whole) {
  MessageSplitter splitter;
  std::vector<Piece> pieces;
  splitter.split(start, is_whole, pieces);
  const auto first = std::ranges::find_if(pieces, [](const Piece& piece) { return piece.kind != PieceKind::kEnvelope; });
  if (first == pieces.end()) {
    return is_whole ? passed(subject, fmt::format("{} bytes, no message in them", start.size()))
                    : failed(subject, fmt::format("no message ends within its first {} bytes", start.size()), "is it a file of HL7 v2 messages?");
  }
  if (first->kind == PieceKind::kBroken) {
    return failed(subject, fmt::format("what begins at byte {} is no message: {}, {}", first->position, first->reason, first->detail),
                  "it would go to quarantine; if the file is still being written, check again; else look at what writes it, or at file_pattern");
  }
  return passed(subject, fmt::format("the first message begins at byte {} and has {} bytes", first->position, first->bytes.size()));
}

// The text of the newest file, or of the first wanted member of an archive; null where there is none. Its name is put right.
Result<std::unique_ptr<FileReader>> open_text(const Hl7Options& options, const FileStore& store, std::string& name,
                                              std::unique_ptr<Archive>& archive) {
  LAKEFLOW_ASSIGN(std::unique_ptr<FileReader> file, store.open(name));
  if (file == nullptr) {
    return file;
  }
  LAKEFLOW_ASSIGN(Unpacked unpacked, unpack(std::move(file), Archives::kOpen, options.unpack_limits));
  archive = std::move(unpacked.archive);
  while (archive != nullptr) {
    LAKEFLOW_ASSIGN(const std::optional<ArchiveMember> member, archive->next());
    if (!member) {
      return nullptr;
    }
    if (matches_in_archive(options.wanted_files(), name, member->path)) {
      name += std::string(kMemberSign) + member->path;
      LAKEFLOW_ASSIGN(unpacked, unpack(archive->open_member(), Archives::kRefuse, options.unpack_limits));
      break;
    }
  }
  return std::move(unpacked.text);
}

CheckFinding judge_newest(const Hl7Options& options, const FileStore& store, const FoundFile& newest) {
  std::string name = newest.path;
  std::unique_ptr<Archive> archive;
  const Result<std::unique_ptr<FileReader>> opened = open_text(options, store, name, archive);
  const std::string subject = fmt::format("newest file {}", name);
  if (!opened) {
    return failed(subject, opened.error());
  }
  if (*opened == nullptr && archive != nullptr) {
    return archive->damage() ? failed(subject, archive->damage()->detail, "look at what writes it")
                             : passed(subject, fmt::format("an archive in which no file matches {}", options.file_pattern));
  }
  if (*opened == nullptr) {
    return passed(subject, "is gone meanwhile");
  }
  FileReader& text = **opened;
  std::string start(static_cast<std::size_t>(text.is_packed() ? kLookedAt : std::min(newest.identity.size, kLookedAt)), '\0');
  const Result<std::size_t> count = text.read(0, start);
  if (!count) {
    return failed(subject, count.error());
  }
  if (const auto damage = text.damage()) {
    return failed(subject, fmt::format("{}: {}", damage->reason, damage->detail), "what stands before would be read; look at what writes it");
  }
  const bool is_whole = text.is_packed() ? *count < start.size() : *count == newest.identity.size;
  start.resize(*count);
  return judge_start(subject, start, is_whole);
}

}  // namespace

Result<std::vector<CheckFinding>> check_files(const Hl7Options& options, const FileStore& store, const std::stop_token& stop) {
  const Result<std::vector<FoundFile>> found = store.list(options.wanted_files(), stop);
  if (!found) {
    if (found.error().kind() == ErrorKind::kInterrupted) {
      return std::unexpected(found.error());
    }
    return std::vector{failed("storage_path", found.error())};
  }
  if (found->empty()) {
    return std::vector{passed("storage_path", fmt::format("no file matches {} in {} yet", options.file_pattern, store.root()))};
  }
  const FoundFile& newest = *std::ranges::max_element(*found, {}, [](const FoundFile& file) { return file.identity.modified_ns; });
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const TimestampMicros modified = newest.identity.modified_ns / kNanosPerSecond * 1'000'000;
  return std::vector{
      passed("storage_path", fmt::format("{} file{} {} {} in {}, the newest of {}", found->size(), found->size() == 1 ? "" : "s",
                                         found->size() == 1 ? "matches" : "match", options.file_pattern, store.root(), format_utc(modified))),
      judge_newest(options, store, newest)};
}

}  // namespace lakeflow::hl7v2
