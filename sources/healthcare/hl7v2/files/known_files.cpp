#include "sources/healthcare/hl7v2/files/known_files.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>
#include <xxhash.h>

#include "libs/files/path_text.h"

namespace lakeflow::hl7v2 {

std::string StateDigest::text() const { return fmt::format("{:016x}{:016x}", high, low); }

std::optional<StateDigest> StateDigest::parse(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  const auto number = [](std::string_view digits, std::uint64_t& value) {
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    return failure == std::errc() && end == digits.data() + digits.size();
  };
  StateDigest digest;
  if (text.size() != 2 * kDigits || !number(text.substr(0, kDigits), digest.high) || !number(text.substr(kDigits), digest.low)) {
    return std::nullopt;
  }
  return digest;
}

std::string file_key(const std::string& path) { return std::string(kFileKeyPrefix) + path_text(path); }

Result<KnownFiles> KnownFiles::load(const StateLookup& state) {
  KnownFiles known;
  LAKEFLOW_TRY(state.scan(kFileKeyPrefix, [&](std::string_view key, std::string_view value) -> Status {
    LAKEFLOW_ASSIGN(FileProgress progress, FileProgress::parse(value));
    known.put(text_path(key.substr(kFileKeyPrefix.size())), std::move(progress));
    return {};
  }));
  return known;
}

const FileProgress* KnownFiles::find(const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<const std::string*> KnownFiles::with_inode(std::uint64_t inode) const {
  std::vector<const std::string*> paths;
  const auto [begin, end] = by_inode_.equal_range(inode);
  std::transform(begin, end, std::back_inserter(paths), [](const auto& entry) { return entry.second; });
  return paths;
}

bool KnownFiles::put(const std::string& path, const std::optional<FileProgress>& progress) {
  const auto known = entries_.find(path);
  // Compared as they are kept: what is no difference between two looks at a file may be one of what is remembered.
  const bool is_so = known == entries_.end() ? !progress : progress && progress->to_json() == known->second.to_json();
  if (is_so) {
    return false;
  }
  if (known != entries_.end()) {
    forget(known);
  }
  if (!progress) {
    return true;
  }
  count(path, *progress, true);
  if (progress->renamed_from) {
    std::uint64_t& next = next_numbers_[progress->renamed_from->path];
    next = std::max(next, progress->renamed_from->number + 1);
  }
  const auto entry = entries_.emplace(path, *progress).first;
  if (progress->identity.inode != 0) {
    by_inode_.emplace(progress->identity.inode, &entry->first);
  }
  return true;
}

void KnownFiles::forget(Entries::iterator entry) {
  count(entry->first, entry->second, false);
  const auto [begin, end] = by_inode_.equal_range(entry->second.identity.inode);
  const auto indexed = std::find_if(begin, end, [&](const auto& other) { return other.second == &entry->first; });
  if (indexed != end) {
    by_inode_.erase(indexed);
  }
  entries_.erase(entry);
}

std::uint64_t KnownFiles::next_number(const std::string& path) const {
  const FileProgress* const known = find(path);
  const auto before = next_numbers_.find(path);
  return std::max(known == nullptr ? 0 : known->number + 1, before == next_numbers_.end() ? 0 : before->second);
}

void KnownFiles::count(const std::string& path, const FileProgress& progress, bool added) {
  const std::string entry = file_key(path) + '\0' + progress.to_json();
  const XXH128_hash_t hash = XXH3_128bits(entry.data(), entry.size());
  digest_.low += added ? hash.low64 : 0 - hash.low64;
  digest_.high += added ? hash.high64 : 0 - hash.high64;
}

}  // namespace lakeflow::hl7v2
