#include "sources/healthcare/hl7v2/files/archive_members.h"

#include <utility>

#include "libs/packed_files/unpack.h"

namespace lakeflow::hl7v2 {

std::optional<std::string> archive_of(std::string_view path) {
  const std::size_t sign = path.find(kMemberSign);
  return sign == std::string_view::npos ? std::nullopt : std::optional(std::string(path.substr(0, sign)));
}

std::vector<std::string> members_of(const KnownFiles& known, const std::string& archive) {
  const std::string prefix = archive + std::string(kMemberSign);
  std::vector<std::string> members;
  for (const auto& [path, progress] : known.entries()) {
    if (path.starts_with(prefix)) {
      members.push_back(path);
    }
  }
  return members;
}

Result<std::optional<ArchiveMembers::Member>> ArchiveMembers::next() {
  while (true) {  // ends with the archive
    LAKEFLOW_ASSIGN(const std::optional<ArchiveMember> found, archive_->next());
    if (!found) {
      return std::optional<Member>();
    }
    if (!matches_in_archive(options_.wanted_files(), path_, found->path)) {
      continue;
    }
    std::string path = path_ + std::string(kMemberSign) + found->path;
    met_.insert(path);
    if (const FileProgress* const progress = known_.find(path)) {
      // What was damaged may have been repaired: the archive changed, or it would not have been opened.
      const bool is_done = (progress->is_refused ? !options_.reads_rewritten : progress->is_complete()) && !progress->is_damaged;
      if (is_done && progress->identity == found->identity && !progress->missing_since) {
        continue;
      }
    }
    LAKEFLOW_ASSIGN(Unpacked unpacked, unpack(archive_->open_member(), Archives::kRefuse, options_.unpack_limits));
    return std::optional(Member{.path = std::move(path), .reader = std::move(unpacked.text)});
  }
}

Result<FileProgress> ArchiveMembers::progress() {
  LAKEFLOW_ASSIGN(const FileIdentity now, archive_->identity());
  const FileProgress* const before = known_.find(path_);
  FileProgress progress = before != nullptr && before->is_archive ? *before : FileProgress();
  progress.identity = identity_;
  progress.is_archive = true;
  progress.has_ended = now == identity_;
  return progress;
}

std::vector<std::string> ArchiveMembers::vanished() const {
  // One that is new has no known members.
  std::vector<std::string> vanished = known_.find(path_) == nullptr ? std::vector<std::string>() : members_of(known_, path_);
  std::erase_if(vanished, [this](const std::string& path) { return met_.contains(path); });
  return vanished;
}

}  // namespace lakeflow::hl7v2
