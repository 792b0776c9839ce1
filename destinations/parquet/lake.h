#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/files/file_lock.h"
#include "destinations/parquet/commit_log.h"
#include "destinations/parquet/lake_content.h"
#include "destinations/parquet/lake_folder.h"
#include "destinations/sql/database.h"

namespace lakeflow {

// An open lake: its content as of the last commit, and the only way to change it. Reading is thread-safe, committing one thread's.
//
// What a commit does, in this order: every file that it names is durable in _lakeflow/staged; the commit's own file is linked to its number,
// and from then on it stands; then the folders are brought up to it: published files get their names in their tables' folders by a link,
// removed ones lose theirs. A process that dies in between leaves the last to the next one that opens the lake for writing.
//
// Who queries holds a shared lock on readers.lock, and files that the log names no more are removed only while nobody does: a query sees
// all of one commit, however long it takes and whatever is committed meanwhile.
class Lake {
 public:
  // For writing: makes the folders, takes the writer's lock, finishes what a killed process left, removes what it never committed.
  // For reading: changes nothing.
  static Result<std::unique_ptr<Lake>> open(const std::filesystem::path& root, bool read_only);
  ~Lake();

  const LakeFolder& folder() const { return folder_; }
  bool read_only() const { return !writer_lock_; }

  // As of the last commit.
  LakeTables tables() const;
  std::optional<std::string> find_state(const StateOwner& owner, std::string_view name) const;
  StateEntries scan_state(const StateOwner& owner, std::string_view prefix) const;
  // Tables and state of one commit.
  LakeContent content() const;

  // A destination error where the lake's folder was removed, or replaced by another, since it was opened for writing.
  Status check_in_place() const;
  // Does again what the last commit could not bring about in the folders; to be called before a commit is begun.
  Status finish_last();
  std::uint64_t next_number() const;
  // A name for a staged file that no other has.
  std::string new_staged_name();

  // Makes the commit, whose files are written and finished, the last one. Its number is next_number(). An error after which it
  // stands nevertheless is told by a later open.
  Status commit(LakeCommit commit);
  // Removes all files that the log names no more. A destination error where somebody reads them.
  Status remove_dropped();
  // Whether a commit of this number stands, also where commit() could not say so.
  bool has_commit(std::uint64_t number) const { return log_.has(number); }

  // A database with a view for each table, and `_lakeflow` (docs/state.md); it and its readers outlive nothing but themselves.
  Result<std::shared_ptr<Database>> database(bool with_state);

  // What to call the lake in errors and reports.
  std::string name() const { return folder_.root().string(); }

 private:
  explicit Lake(LakeFolder folder);
  Status place(const LakeCommit& commit);
  void forget_placed();
  Status open_for_writing();
  void find_leftovers();
  void sweep();

  LakeFolder folder_;
  std::optional<FileLock> writer_lock_;
  std::optional<FileLock> reader_lock_;  // of one who only reads
  CommitLog log_;
  std::string token_;  // in the names of staged files: another process's leftovers never bear the name of one of ours
  std::atomic<std::uint64_t> staged_files_ = 0;
  std::vector<std::string> garbage_;  // staged names that the log names no more
  std::optional<LakeCommit> unplaced_;

  mutable std::shared_mutex mutex_;  // of content_
  LakeContent content_;

  std::mutex database_mutex_;
  std::shared_ptr<Database> database_;  // of the last commit that was asked
  std::uint64_t database_number_ = 0;
  bool database_has_state_ = false;
};

}  // namespace lakeflow
