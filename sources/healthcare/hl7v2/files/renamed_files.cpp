#include "sources/healthcare/hl7v2/files/renamed_files.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "libs/packed_files/unpack.h"

namespace lakeflow::hl7v2 {
namespace {

// A known file whose inode a found one has.
struct Candidate {
  const std::string* from = nullptr;
  const FileProgress* progress = nullptr;
  const FoundFile* to = nullptr;
};

// Of several that could be it, the one with the same time and size comes first, then those that were there at the last look.
bool comes_before(const Candidate& one, const Candidate& other) {
  const auto rank = [](const Candidate& candidate) {
    return (candidate.progress->identity == candidate.to->identity ? 0 : 2) + (candidate.progress->missing_since ? 1 : 0);
  };
  return rank(one) != rank(other) ? rank(one) < rank(other) : *one.from < *other.from;
}

bool may_be_same(const Candidate& candidate) {
  const FileIdentity& before = candidate.progress->identity;
  const FileIdentity& now = candidate.to->identity;
  // What an archive holds is known by its members.
  return candidate.progress->is_archive ? before == now : candidate.progress->splitter.position > 0 && (before == now || now.size > before.size);
}

// The listing may have seen both names, where the file was renamed while it went on.
Result<bool> is_gone(const Candidate& candidate, const FileStore& store) {
  LAKEFLOW_ASSIGN(const std::optional<FileIdentity> now, store.find(*candidate.from));
  return !now || now->inode != candidate.to->identity.inode;
}

// Of what is packed in a file the text was read.
Result<bool> holds_what_was_read(const Candidate& candidate, const FileStore& store) {
  LAKEFLOW_ASSIGN(std::unique_ptr<FileReader> file, store.open(candidate.to->path));
  if (file == nullptr || candidate.progress->is_archive) {
    return file != nullptr;
  }
  LAKEFLOW_ASSIGN(const Unpacked unpacked, unpack(std::move(file), Archives::kRefuse, {}));
  return begins_as_read(*unpacked.text, candidate.to->identity, *candidate.progress);
}

}  // namespace

const FoundFile* find_file(const std::vector<FoundFile>& found, const std::string& path) {
  const auto file = std::ranges::lower_bound(found, path, {}, &FoundFile::path);
  return file != found.end() && file->path == path ? &*file : nullptr;
}

Result<bool> begins_as_read(FileReader& file, const FileIdentity& now, const FileProgress& progress) {
  const std::uint64_t read = progress.splitter.position;
  if (read == 0) {
    return true;
  }
  if (!file.is_packed() && now.size < read) {
    return false;
  }
  LAKEFLOW_ASSIGN(const std::string fingerprint, file.fingerprint(read));
  return fingerprint == progress.fingerprint;
}

Result<std::vector<RenamedFile>> find_renamed(const KnownFiles& known, const std::vector<FoundFile>& found, const FileStore& store) {
  // Files that are not known under their name, or known as another one.
  std::unordered_map<std::uint64_t, const FoundFile*> strangers;
  for (const FoundFile& file : found) {
    const FileProgress* const same_name = file.identity.inode == 0 ? nullptr : known.find(file.path);
    if (file.identity.inode != 0 && (same_name == nullptr || same_name->identity.inode != file.identity.inode)) {
      strangers.emplace(file.identity.inode, &file);
    }
  }
  std::vector<Candidate> candidates;
  for (const auto& [inode, stranger] : strangers) {
    for (const std::string* const path : known.with_inode(inode)) {
      candidates.push_back({path, known.find(*path), stranger});
    }
  }
  std::ranges::sort(candidates, comes_before);
  std::vector<RenamedFile> renamed;
  std::unordered_set<std::string> taken;  // new names
  for (const Candidate& candidate : candidates) {
    if (!may_be_same(candidate) || taken.contains(candidate.to->path)) {
      continue;
    }
    LAKEFLOW_ASSIGN(const bool gone, is_gone(candidate, store));
    // What can't be opened or read is told of when its turn comes.
    if (gone && holds_what_was_read(candidate, store).value_or(false)) {
      renamed.push_back({*candidate.from, candidate.to->path});
      taken.insert(candidate.to->path);
    }
  }
  return renamed;
}

}  // namespace lakeflow::hl7v2
