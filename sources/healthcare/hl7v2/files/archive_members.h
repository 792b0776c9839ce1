#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "libs/packed_files/archive.h"
#include "sources/healthcare/hl7v2/files/known_files.h"
#include "sources/healthcare/hl7v2/hl7v2_options.h"

namespace lakeflow::hl7v2 {

// A member of an archive bears the archive's path, "!/" and its own.
inline constexpr std::string_view kMemberSign = "!/";

// The archive's path, where the path is one of a member.
std::optional<std::string> archive_of(std::string_view path);

// The known members of an archive, by their paths.
std::vector<std::string> members_of(const KnownFiles& known, const std::string& archive);

// Which members of an archive a read has to look into: those that are wanted, and that the state does not know, knows in another
// form, or has not read to their end. In the order of the archive, so that all are read in one pass over it.
class ArchiveMembers {
 public:
  // A member to be read.
  struct Member {
    std::string path;  // with the archive's
    std::unique_ptr<FileReader> reader;
  };

  // `identity` is the archive's. Options and what is known live longer.
  ArchiveMembers(const Hl7Options& options, const KnownFiles& known, std::string path, FileIdentity identity, std::unique_ptr<Archive> archive)
      : options_(options), known_(known), path_(std::move(path)), identity_(identity), archive_(std::move(archive)) {}

  const std::string& path() const { return path_; }
  // The next member; nothing where none is left.
  Result<std::optional<Member>> next();

  // After the last: what the state shall know of the archive. It is read again where it changed meanwhile.
  Result<FileProgress> progress();
  std::optional<Damage> damage() const { return archive_->damage(); }
  // After the last: members that are known and that the archive no longer has, by their paths.
  std::vector<std::string> vanished() const;

 private:
  const Hl7Options& options_;
  const KnownFiles& known_;
  const std::string path_;
  const FileIdentity identity_;
  const std::unique_ptr<Archive> archive_;
  std::unordered_set<std::string> met_;  // paths of wanted members
};

}  // namespace lakeflow::hl7v2
