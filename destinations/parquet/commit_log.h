#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "destinations/parquet/lake_content.h"
#include "destinations/parquet/lake_folder.h"

namespace lakeflow {

// The files that say what a lake holds: commits/<number>.json, each made at once under its last name and never changed; and now and then
// checkpoints/<number>.json, which holds all that the commits up to that number say. Who opens a lake reads the newest checkpoint and the
// commits after it.
class CommitLog {
 public:
  explicit CommitLog(LakeFolder folder) : folder_(std::move(folder)) {}

  // Of a last commit that published files of which one has not got its place yet (a writer is about to, or was killed): publishing moves
  // rows from one file into another, so the commit before has the same rows, in files that are there.
  enum class Unplaced { kApply, kSkip };

  // The content; one that is empty where there are no commits. A destination error where a commit is missing or a file damaged.
  Result<LakeContent> load(Unplaced unplaced);
  // The last commit that load() read, whose work in the folders a kill may have left undone.
  const std::optional<LakeCommit>& last() const { return last_; }

  // Durable when it returns. A destination error where another writer made a commit of this number.
  Status append(const LakeCommit& commit);

  bool has(std::uint64_t number) const;

  // Whether the commits since the last checkpoint are so many that a new one pays: as many bytes as it has itself, so that writing
  // checkpoints never costs more than writing commits.
  bool wants_checkpoint() const;
  Status checkpoint(const LakeContent& content);

  // Removes commits and checkpoints that nobody needs to open the lake; the last five hundred commits stay for those who follow the log.
  void prune() const;

 private:
  bool is_placed(const LakeCommit& commit) const;

  LakeFolder folder_;
  std::optional<LakeCommit> last_;
  std::uint64_t commits_since_ = 0;
  std::uint64_t bytes_since_ = 0;
  std::uint64_t checkpoint_bytes_ = 0;
};

}  // namespace lakeflow
