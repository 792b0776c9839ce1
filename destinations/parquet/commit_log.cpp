#include "destinations/parquet/commit_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/kill_point.h"
#include "destinations/files/durable_file.h"
#include "destinations/parquet/commit_json.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLeastCommits = 100;    // between checkpoints
constexpr std::uint64_t kMostCommits = 10'000;  // after a checkpoint: opening a lake reads each of them
constexpr std::uint64_t kKeptCommits = 500;
constexpr std::size_t kKeptCheckpoints = 2;

fs::path numbered(const fs::path& folder, std::uint64_t number) { return folder / fmt::format("{:020}.json", number); }

// The numbers of the folder's files, ascending; files of other names are not ours.
std::vector<std::uint64_t> numbers_in(const fs::path& folder) {
  std::vector<std::uint64_t> numbers;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    std::uint64_t number = 0;
    const auto [stop, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failure == std::errc() && std::string_view(stop) == ".json") numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<LakeCommit> read_commit(const fs::path& file) {
  LAKEFLOW_ASSIGN(const std::string json, read_whole(file));
  return parse_commit(json, file.string());
}

}  // namespace

Result<LakeContent> CommitLog::load(Unplaced unplaced) {
  LakeContent content;
  std::vector<std::uint64_t> checkpoints = numbers_in(folder_.checkpoints());
  const std::vector<std::uint64_t> commits = numbers_in(folder_.commits());
  if (!checkpoints.empty()) {
    const fs::path file = numbered(folder_.checkpoints(), checkpoints.back());
    LAKEFLOW_ASSIGN(const LakeCommit whole, read_commit(file));
    content.apply(whole);
    std::error_code ignored;
    checkpoint_bytes_ = fs::file_size(file, ignored);
  }
  for (const std::uint64_t number : commits) {
    // The checkpoint's own commit is read for what it did in the folders alone.
    if (number < content.number || (number == content.number && last_)) continue;
    if (number > content.number + 1) {
      return std::unexpected(Error::destination(fmt::format("{} is missing", numbered(folder_.commits(), content.number + 1).string()),
                                                "Restore the lake's folder _lakeflow from a backup, or ingest into a new lake"));
    }
    LAKEFLOW_ASSIGN(LakeCommit commit, read_commit(numbered(folder_.commits(), number)));
    if (number > content.number) {
      if (unplaced == Unplaced::kSkip && number == commits.back() && !is_placed(commit)) return content;
      content.apply(commit);
      ++commits_since_;
      std::error_code ignored;
      bytes_since_ += fs::file_size(numbered(folder_.commits(), number), ignored);
    }
    last_ = std::move(commit);
  }
  return content;
}

Status CommitLog::append(const LakeCommit& commit) {
  LAKEFLOW_ASSIGN(const std::string json, to_json(commit));
  const fs::path file = numbered(folder_.commits(), commit.number);
  const fs::path draft = folder_.commits() / "next.draft";
  // One that stayed may be the other name of the last commit, which would be written over.
  if (::unlink(draft.c_str()) != 0 && errno != ENOENT) return std::unexpected(file_failure(draft, "removing", errno));
  if (const Status written = write_synced(draft, json); !written) {
    ::unlink(draft.c_str());
    return written;
  }
  kill_point("commit.written");
  // Unlike a rename, a link never takes the place of a commit that is there.
  const int linked = ::link(draft.c_str(), file.c_str());
  const int reason = errno;
  ::unlink(draft.c_str());
  if (linked != 0 && reason == EEXIST) {
    return std::unexpected(Error::destination(fmt::format("another writer made the commit {}", file.string()),
                                              "Let only one pipeline's run write the lake at a time, and run again"));
  }
  if (linked != 0) return std::unexpected(file_failure(file, "committing", reason));
  kill_point("commit.linked");
  LAKEFLOW_TRY(sync_folder(folder_.commits()));
  ++commits_since_;
  bytes_since_ += json.size();
  return {};
}

bool CommitLog::has(std::uint64_t number) const {
  std::error_code ignored;
  return fs::exists(numbered(folder_.commits(), number), ignored);
}

bool CommitLog::is_placed(const LakeCommit& commit) const {
  std::error_code ignored;
  return std::ranges::all_of(commit.tables, [&](const TableChange& change) {
    return std::ranges::all_of(change.published, [&](const auto& published) { return fs::exists(folder_.at(published.second.name), ignored); });
  });
}

bool CommitLog::wants_checkpoint() const {
  return commits_since_ >= kMostCommits || (commits_since_ >= kLeastCommits && bytes_since_ >= checkpoint_bytes_);
}

Status CommitLog::checkpoint(const LakeContent& content) {
  LAKEFLOW_ASSIGN(const std::string json, to_json(content.whole()));
  const fs::path file = numbered(folder_.checkpoints(), content.number);
  const fs::path draft = folder_.checkpoints() / "next.draft";
  if (const Status written = write_synced(draft, json); !written) {
    ::unlink(draft.c_str());
    return written;
  }
  if (::rename(draft.c_str(), file.c_str()) != 0) {
    const int reason = errno;
    ::unlink(draft.c_str());
    return std::unexpected(file_failure(file, "writing", reason));
  }
  LAKEFLOW_TRY(sync_folder(folder_.checkpoints()));
  commits_since_ = 0;
  bytes_since_ = 0;
  checkpoint_bytes_ = json.size();
  return {};
}

void CommitLog::prune() const {
  std::vector<std::uint64_t> checkpoints = numbers_in(folder_.checkpoints());
  if (checkpoints.size() <= kKeptCheckpoints) return;
  checkpoints.resize(checkpoints.size() - kKeptCheckpoints + 1);  // the last of these is the oldest that stays
  const std::uint64_t oldest = checkpoints.back();
  checkpoints.pop_back();
  for (const std::uint64_t number : checkpoints) ::unlink(numbered(folder_.checkpoints(), number).c_str());
  const std::vector<std::uint64_t> commits = numbers_in(folder_.commits());
  const std::uint64_t newest = commits.empty() ? 0 : commits.back();
  for (const std::uint64_t number : commits) {
    if (number < oldest && number + kKeptCommits <= newest) ::unlink(numbered(folder_.commits(), number).c_str());
  }
}

}  // namespace lakeflow
