#include "sources/healthcare/hl7v2/files/check_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/hl7v2/message_splitter.h"

namespace lakeflow::hl7v2 {
namespace {

// How much of a file is looked at for its first message.
constexpr std::uint64_t kLookedAt = 4U << 20U;

CheckFinding passed(std::string subject, std::string message) { return {true, std::move(subject), std::move(message), {}}; }
CheckFinding failed(std::string subject, std::string message, std::string next_step) {
  return {false, std::move(subject), std::move(message), std::move(next_step)};
}
CheckFinding failed(std::string subject, const Error& error) { return failed(std::move(subject), error.message(), error.next_step()); }

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

CheckFinding judge_newest(const FileStore& store, const FoundFile& newest) {
  const std::string subject = fmt::format("newest file {}", newest.path);
  const Result<std::unique_ptr<FileReader>> opened = store.open(newest.path);
  if (!opened) {
    return failed(subject, opened.error().message(), "give this user the right to read the files");
  }
  if (*opened == nullptr) {
    return passed(subject, "is gone meanwhile");
  }
  std::string start(static_cast<std::size_t>(std::min(newest.identity.size, kLookedAt)), '\0');
  const Result<std::size_t> count = (*opened)->read(0, start);
  if (!count) {
    return failed(subject, count.error());
  }
  start.resize(*count);
  return judge_start(subject, start, *count == newest.identity.size);
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
      judge_newest(store, newest)};
}

}  // namespace lakeflow::hl7v2
