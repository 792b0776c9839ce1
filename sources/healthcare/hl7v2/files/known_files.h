#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "sources/healthcare/hl7v2/files/file_progress.h"
#include "sources/interface/offset.h"

namespace lakeflow::hl7v2 {

// Stands for all entries of a state: states with the same entries have the same digest, whatever the way to them, and others have another (a sum of
// hashes). So it is the offset, and tables that know the same files are read together.
struct StateDigest {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  bool operator==(const StateDigest&) const = default;

  std::string text() const;
  static std::optional<StateDigest> parse(std::string_view text);
};

// What the keyed state knows of the files, in memory: loaded once, and then kept as the state becomes.
class KnownFiles {
 public:
  using Entries = std::unordered_map<std::string, FileProgress>;  // by path below the root

  KnownFiles() = default;
  KnownFiles(KnownFiles&&) = default;
  KnownFiles& operator=(KnownFiles&&) = default;

  // A user error where an entry can't be read.
  static Result<KnownFiles> load(const StateLookup& state);

  // Null where the path is not known. Holds until the entry is put anew.
  const FileProgress* find(const std::string& path) const;
  const Entries& entries() const { return entries_; }

  // The paths of those that have the inode, which is not 0. Hold until one of them is put anew.
  std::vector<const std::string*> with_inode(std::uint64_t inode) const;

  // Nothing removes the entry. False where it is so already.
  bool put(const std::string& path, const std::optional<FileProgress>& progress);

  // What FileProgress::number has to be of another file that comes to this name: no row of an earlier one has a key with it.
  std::uint64_t next_number(const std::string& path) const;

  const StateDigest& digest() const { return digest_; }

 private:
  void count(const std::string& path, const FileProgress& progress, bool added);
  void forget(Entries::iterator entry);

  Entries entries_;
  std::unordered_multimap<std::uint64_t, const std::string*> by_inode_;
  std::unordered_map<std::string, std::uint64_t> next_numbers_;  // of names that files had which have others now
  StateDigest digest_;
};

// The key of the file's entry in the keyed state.
std::string file_key(const std::string& path);

}  // namespace lakeflow::hl7v2
