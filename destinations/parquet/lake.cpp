#include "destinations/parquet/lake.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <set>
#include <system_error>
#include <utility>

#include "base/kill_point.h"
#include "destinations/files/durable_file.h"
#include "destinations/parquet/lake_database.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInUse = "Wait until it is done, or stop it; one process at a time writes a lake";

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

// Done again it changes nothing: a link that is there is the file's own, as no other ever has its name.
Status publish(const LakeFolder& folder, const std::string& staged, const std::string& name) {
  const fs::path target = folder.at(name);
  LAKEFLOW_TRY(make_folders(target.parent_path()));
  if (::link(folder.at(staged).c_str(), target.c_str()) == 0 || errno == EEXIST) return {};
  // Published and swept by the process that a kill then ended.
  if (errno == ENOENT) return {};
  return std::unexpected(file_failure(target, "publishing", errno));
}

Status remove_files(const LakeFolder& folder, const std::vector<std::string>& names, std::set<fs::path>& changed) {
  for (const std::string& name : names) {
    const fs::path file = folder.at(name);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return std::unexpected(file_failure(file, "removing", errno));
    changed.insert(file.parent_path());
  }
  return {};
}

std::string in_folder(const std::string& name, const std::string& table, const std::string& other) { return other + name.substr(table.size()); }

// In one step where the file system can exchange two folders; else who lists them finds none for an instant.
Status exchange(const fs::path& built, const fs::path& table) {
  std::error_code ignored;
  if (fs::exists(table, ignored)) {
    if (::renameat2(AT_FDCWD, built.c_str(), AT_FDCWD, table.c_str(), RENAME_EXCHANGE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return std::unexpected(file_failure(table, "exchanging", errno));
    const fs::path aside = built.string() + ".old";
    if (::rename(table.c_str(), aside.c_str()) != 0) return std::unexpected(file_failure(table, "moving aside", errno));
  }
  if (::rename(built.c_str(), table.c_str()) != 0) return std::unexpected(file_failure(table, "putting in place", errno));
  return {};
}

// Fills the folder that was built, gives it the table's name, and removes what the table had. Done again it changes nothing: the new
// files' names tell whether the folders were exchanged.
Status place_built(const LakeFolder& folder, const TableChange& change) {
  const std::string table = change.table.schema + "/" + change.table.table;
  std::error_code ignored;
  if (!fs::exists(folder.at(change.published.back().second.name), ignored)) {
    for (const auto& [staged, file] : change.published) {
      const std::string name = in_folder(file.name, table, change.built_folder);
      if (!staged.empty()) LAKEFLOW_TRY(publish(folder, staged, name));
      LAKEFLOW_TRY(sync_folder(folder.at(name).parent_path()));
      kill_point("commit.published");
    }
    LAKEFLOW_TRY(exchange(folder.at(change.built_folder), folder.at(table)));
    kill_point("commit.exchanged");
  }
  LAKEFLOW_TRY(sync_folder(folder.at(table).parent_path()));
  std::set<fs::path> emptied;
  for (const std::string& old : {change.built_folder, change.built_folder + ".old"}) {
    std::vector<std::string> names;
    for (const std::string& removed : change.removed_files) names.push_back(in_folder(removed, table, old));
    LAKEFLOW_TRY(remove_files(folder, names, emptied));
    emptied.insert(folder.at(old));
  }
  // The deepest first; one that holds something of somebody else's stays.
  for (auto at = emptied.rbegin(); at != emptied.rend(); ++at) {
    for (fs::path left = *at; left != folder.root() && ::rmdir(left.c_str()) == 0 && left.filename().string().find('=') != std::string::npos;)
      left = left.parent_path();
  }
  kill_point("commit.placed");
  return {};
}

}  // namespace

Result<std::unique_ptr<Lake>> Lake::open(const fs::path& root, bool read_only) {
  if (root.empty()) return std::unexpected(Error::user("the destination has no path", "Give destination.path the name of a folder"));
  const fs::path normal = root.lexically_normal();
  const fs::path plain = normal.has_filename() ? normal : normal.parent_path();  // "lake/" is "lake"
  std::error_code ignored;
  if (fs::exists(plain, ignored) && !fs::is_directory(plain, ignored)) {
    return std::unexpected(Error::user(fmt::format("{} is a file, not a folder of Parquet files", plain.string()),
                                       "Give destination.path the name of a folder, which may be new"));
  }
  std::unique_ptr<Lake> lake(new Lake(LakeFolder(plain)));
  if (read_only && !fs::is_directory(lake->folder_.own(), ignored)) {
    return std::unexpected(
        Error::user(fmt::format("there is no lake in {} yet", root.string()), "Run an ingest first, or correct the destination's path"));
  }
  if (!read_only) {
    LAKEFLOW_TRY(lake->open_for_writing());
    return lake;
  }
  lake->reader_lock_ = LakeDatabase::lock(lake->folder_);
  LAKEFLOW_ASSIGN(lake->content_, lake->log_.load(CommitLog::Unplaced::kSkip));
  return lake;
}

Status Lake::open_for_writing() {
  std::error_code ignored;
  const fs::path above = folder_.root().parent_path();
  if (!above.empty() && !fs::is_directory(above, ignored)) {
    return std::unexpected(Error::user(fmt::format("the folder {} is not there", above.string()), "Create it, or correct the destination's path"));
  }
  for (const fs::path& folder : {folder_.commits(), folder_.checkpoints(), folder_.staged(), folder_.queries()}) LAKEFLOW_TRY(make_folders(folder));
  LAKEFLOW_ASSIGN(LockAttempt locked, FileLock::attempt(folder_.writer_lock(), FileLock::Mode::kExclusive));
  if (!locked.lock) return std::unexpected(Error::destination(fmt::format("Parquet lake {} is in use by {}", name(), locked.taken_by), kInUse));
  LAKEFLOW_ASSIGN(content_, log_.load(CommitLog::Unplaced::kApply));
  writer_lock_.emplace(*std::move(locked.lock));
  unplaced_ = log_.last();
  LAKEFLOW_TRY(finish_last());
  find_leftovers();
  sweep();
  return {};
}

Lake::Lake(LakeFolder folder) : folder_(folder), log_(std::move(folder)), token_(fmt::format("{:08x}", std::random_device{}())) {}

Lake::~Lake() {
  database_.reset();
  if (writer_lock_) sweep();
}

LakeTables Lake::tables() const {
  const std::shared_lock lock(mutex_);
  return content_.tables;
}

LakeContent Lake::content() const {
  const std::shared_lock lock(mutex_);
  return content_;
}

std::optional<std::string> Lake::find_state(const StateOwner& owner, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto entries = content_.state.find(owner);
  if (entries == content_.state.end()) return std::nullopt;
  const auto entry = entries->second.find(name);
  return entry == entries->second.end() ? std::nullopt : std::optional(entry->second.bytes);
}

StateEntries Lake::scan_state(const StateOwner& owner, std::string_view prefix) const {
  const std::shared_lock lock(mutex_);
  StateEntries found;
  const auto entries = content_.state.find(owner);
  if (entries == content_.state.end()) return found;
  for (auto at = entries->second.lower_bound(prefix); at != entries->second.end() && at->first.starts_with(prefix); ++at) found.insert(*at);
  return found;
}

std::uint64_t Lake::next_number() const {
  const std::shared_lock lock(mutex_);
  return content_.number + 1;
}

std::string Lake::new_staged_name() { return fmt::format("{}{:020}-{}-{:04}.parquet", kStagedPrefix, next_number(), token_, ++staged_files_); }

Status Lake::check_in_place() const {
  if (!writer_lock_ || writer_lock_->is_of(folder_.writer_lock())) return {};
  std::error_code ignored;
  return std::unexpected(Error::destination(
      fmt::format("Parquet lake {} was {} while this process had it open", name(),
                  fs::exists(folder_.own(), ignored) ? "replaced by another" : "removed"),
      "Put it back, or restore a backup of it, before the next run: that goes on with the lake of this name, and where there is none it makes a new "
      "one and reads everything again"));
}

Status Lake::commit(LakeCommit commit) {
  LAKEFLOW_TRY(check_in_place());
  LAKEFLOW_TRY(sync_folder(folder_.staged()));
  LAKEFLOW_TRY(log_.append(commit));
  // Nothing counts as committed that is not in the lake of this name.
  LAKEFLOW_TRY(check_in_place());
  unplaced_ = std::move(commit);
  // The folders first: what a query finds in the content is in its place.
  const Status placed = place(*unplaced_);
  {
    const std::unique_lock lock(mutex_);
    content_.apply(*unplaced_);
  }
  LAKEFLOW_TRY(placed);
  forget_placed();
  // A checkpoint that fails is made later: the commits say the same.
  if (log_.wants_checkpoint()) std::ignore = log_.checkpoint(content());
  sweep();
  return {};
}

Status Lake::finish_last() {
  LAKEFLOW_TRY(check_in_place());
  if (!unplaced_) return {};
  LAKEFLOW_TRY(place(*unplaced_));
  forget_placed();
  return {};
}

void Lake::forget_placed() {
  for (const TableChange& change : unplaced_->tables) {
    garbage_.insert(garbage_.end(), change.dropped.begin(), change.dropped.end());
    for (const auto& [staged, file] : change.published) garbage_.push_back(staged);
  }
  unplaced_.reset();
}

Status Lake::place(const LakeCommit& commit) {
  std::set<fs::path> changed;
  for (const TableChange& change : commit.tables) {
    if (!change.built_folder.empty()) {
      LAKEFLOW_TRY(place_built(folder_, change));
      continue;
    }
    LAKEFLOW_TRY(remove_files(folder_, change.removed_files, changed));
    for (const auto& [staged, file] : change.published) {
      LAKEFLOW_TRY(publish(folder_, staged, file.name));
      changed.insert(folder_.at(file.name).parent_path());
      kill_point("commit.published");
    }
  }
  std::error_code ignored;
  for (const fs::path& folder : changed) {
    if (fs::is_directory(folder, ignored)) LAKEFLOW_TRY(sync_folder(folder));
  }
  kill_point("commit.placed");
  return {};
}

void Lake::find_leftovers() {
  std::set<std::string> named;
  for (const auto& [table, content] : content_.tables) {
    for (const LakeFile& file : content->staged) named.insert(file.name);
  }
  for (const std::string& name : names_in(folder_.staged())) {
    if (const std::string staged = kStagedPrefix + name; !named.contains(staged)) garbage_.push_back(staged);
  }
}

void Lake::sweep() {
  {
    const std::lock_guard lock(database_mutex_);
    if (database_ && database_number_ != next_number() - 1) database_.reset();
  }
  if (garbage_.empty()) return;
  const auto alone = FileLock::attempt(folder_.readers_lock(), FileLock::Mode::kExclusive);
  if (!alone || !alone->lock) return;  // somebody reads: next time
  for (const std::string& name : garbage_) ::unlink(folder_.at(name).c_str());
  garbage_.clear();
  std::error_code ignored;
  for (const std::string& left : names_in(folder_.queries())) fs::remove_all(folder_.queries() / left, ignored);
  log_.prune();
  kill_point("commit.swept");
}

Status Lake::remove_dropped() {
  sweep();
  if (garbage_.empty()) return {};
  return std::unexpected(Error::destination(
      fmt::format("{} files in {} that the lake names no more are still read by a query", garbage_.size(), folder_.staged().string()),
      "When the query has ended, let lakeflow ingest run: it removes them"));
}

Result<std::shared_ptr<Database>> Lake::database(bool with_state) {
  const std::lock_guard lock(database_mutex_);
  if (database_ && database_number_ == next_number() - 1 && (database_has_state_ || !with_state)) return database_;
  database_.reset();
  std::optional<FileLock> reading = LakeDatabase::lock(folder_);
  LakeContent content;
  {
    const std::shared_lock content_lock(mutex_);
    content.number = content_.number;
    content.tables = content_.tables;
    if (with_state) content.state = content_.state;
  }
  LAKEFLOW_ASSIGN(database_, LakeDatabase::open(folder_, std::move(reading), content));
  database_number_ = content.number;
  database_has_state_ = with_state;
  return database_;
}

}  // namespace lakeflow
