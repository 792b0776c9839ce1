#include "sources/healthcare/hl7v2/files/file_queue.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "libs/files/path_text.h"
#include "sources/healthcare/hl7v2/files/archive_members.h"
#include "sources/healthcare/hl7v2/files/renamed_files.h"

namespace lakeflow::hl7v2 {
namespace {

// How long the state remembers a file that is gone, in case that it comes back.
constexpr TimestampMicros kRememberMissing = std::int64_t{90} * 86'400 * 1'000'000;

constexpr double kNanosPerSecond = 1e9;

// Sleeps until the time, a stop or the deadline.
void sleep_until(std::chrono::steady_clock::time_point until, const ReadContext& context) {
  std::mutex mutex;
  std::condition_variable_any condition;
  std::unique_lock lock(mutex);
  if (context.deadline) {
    until = std::min(until, *context.deadline);
  }
  condition.wait_until(lock, context.stop, until, [] { return false; });
}

// The entries of renamed files under their new names. All at once: the names of a log that is rotated change places.
// The members of an archive go with it.
std::vector<std::pair<std::string, std::optional<FileProgress>>> renamed_entries(const KnownFiles& known, std::vector<RenamedFile> renamed) {
  std::vector<RenamedFile> members;
  for (const RenamedFile& file : renamed) {
    if (known.find(file.from)->is_archive) {
      for (const std::string& path : members_of(known, file.from)) {
        members.push_back({path, file.to + path.substr(file.from.size())});
      }
    }
  }
  renamed.insert(renamed.end(), members.begin(), members.end());
  std::vector<std::pair<std::string, std::optional<FileProgress>>> entries;
  for (const RenamedFile& file : renamed) {
    entries.emplace_back(file.from, std::nullopt);
  }
  for (const RenamedFile& file : renamed) {
    FileProgress progress = *known.find(file.from);
    const NamedFile first = progress.key_file(file.from);
    progress.number = known.next_number(file.to);
    progress.renamed_from = first;
    // It has its first name again, which no other file had meanwhile.
    if (first.path == file.to && first.number + 1 == progress.number) {
      progress.number = first.number;
      progress.renamed_from.reset();
    }
    progress.missing_since.reset();
    entries.emplace_back(file.to, std::move(progress));
  }
  return entries;
}

}  // namespace

void FileQueue::put(KnownFiles& known, const std::string& path, std::optional<FileProgress> progress) {
  if (known.put(path, progress)) {
    changed_.emplace_back(path, std::move(progress));
  }
}

void FileQueue::begin() {
  scanned_at_ = now_micros();
  quiet_at_ = std::chrono::steady_clock::now() +
              std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(options_.quiet_seconds));
}

Status FileQueue::fill(KnownFiles& known) {
  begin();
  LAKEFLOW_ASSIGN(std::vector<FoundFile> found, store_.list(options_.wanted_files(), context_.stop));
  LAKEFLOW_TRY(note_renamed(known, found));
  std::vector<std::pair<std::string, bool>> moved;  // came back, or went
  for (const auto& [path, progress] : known.entries()) {
    const auto archive = archive_of(path);
    if (archive && find_file(found, *archive) != nullptr) {
      // Of a member that the archive no longer has it is said when the archive is looked into; all come back with it.
      const FileProgress* const outer = known.find(*archive);
      if (progress.missing_since) {
        moved.emplace_back(path, outer != nullptr && outer->missing_since.has_value());
      }
      continue;
    }
    const bool is_there = find_file(found, path) != nullptr;
    if (!is_there || progress.missing_since) {
      moved.emplace_back(path, is_there);
    }
  }
  for (const auto& [path, is_there] : moved) {
    note_presence(known, path, *known.find(path), is_there);
  }
  consider(known, std::move(found));
  return {};
}

Status FileQueue::fill(KnownFiles& known, const std::vector<std::string>& changed) {
  begin();
  std::vector<FoundFile> found;
  for (const std::string& path : changed) {
    LAKEFLOW_ASSIGN(const std::optional<FileIdentity> identity, store_.find(path));
    if (identity) {
      found.push_back({path, *identity});
    }
  }
  LAKEFLOW_TRY(note_renamed(known, found));
  for (const std::string& path : changed) {
    if (const FileProgress* const progress = known.find(path)) {
      note_presence(known, path, *progress, find_file(found, path) != nullptr);
    }
  }
  consider(known, std::move(found));
  return {};
}

Status FileQueue::note_renamed(KnownFiles& known, const std::vector<FoundFile>& found) {
  LAKEFLOW_ASSIGN(const std::vector<RenamedFile> renamed, find_renamed(known, found, store_));
  for (auto& [path, progress] : renamed_entries(known, renamed)) {
    put(known, path, std::move(progress));
  }
  for (const RenamedFile& file : renamed) {
    context_.log->log(LogLevel::kInfo, "a file that was read before has another name now",
                      {{"file", path_text(file.to)}, {"before", path_text(file.from)}});
  }
  return {};
}

void FileQueue::note_presence(KnownFiles& known, const std::string& path, const FileProgress& progress, bool is_there) {
  if (!is_there && progress.missing_since) {
    if (scanned_at_ - *progress.missing_since > kRememberMissing) {
      put(known, path, std::nullopt);
    }
  } else if (is_there == progress.missing_since.has_value()) {
    FileProgress changed = progress;
    changed.missing_since = is_there ? std::nullopt : std::optional(scanned_at_);
    put(known, path, std::move(changed));
  }
}

void FileQueue::consider(const KnownFiles& known, std::vector<FoundFile> found) {
  for (FoundFile& file : found) {
    const FileProgress* const progress = known.find(file.path);
    const bool is_done = progress != nullptr && (progress->is_refused ? !options_.reads_rewritten : progress->is_complete());
    if (is_done && progress->identity == file.identity) {
      continue;
    }
    const double age = static_cast<double>(scanned_at_ * 1000 - file.identity.modified_ns) / kNanosPerSecond;
    // A preview commits nothing, so that half a file does no harm there.
    const bool is_young = context_.state != nullptr && std::abs(age) < options_.quiet_seconds;
    if (!is_young) {
      ready_.push_back(std::move(file.path));
    } else if (watch_ != nullptr) {
      watch_->expect_quiet(file.path, std::chrono::duration<double>(options_.quiet_seconds - std::abs(age)));
      unsettled_.push_back(std::move(file.path));
    } else {
      young_.push_back(std::move(file));
    }
  }
}

Status FileQueue::wait_for_quiet() {
  if (std::chrono::steady_clock::now() < quiet_at_) {
    sleep_until(quiet_at_, context_);
    if (context_.stop.stop_requested()) {
      return std::unexpected(Error::interrupted("the wait for files that may still be written was stopped"));
    }
  }
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline) {
    young_.clear();
    return {};
  }
  for (FoundFile& young : young_) {
    LAKEFLOW_ASSIGN(const std::optional<FileIdentity> now, store_.find(young.path));
    if (now == young.identity) {
      ready_.push_back(std::move(young.path));
    } else {
      context_.log->log(LogLevel::kInfo, "a file is still being written, and waits for the next read", {{"file", path_text(young.path)}});
    }
  }
  young_.clear();
  return {};
}

Result<std::optional<std::string>> FileQueue::next() {
  const bool past_deadline = context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline;
  if (ready_.empty() && !young_.empty() && !past_deadline) {
    LAKEFLOW_TRY(wait_for_quiet());
  }
  if (ready_.empty()) {
    return std::optional<std::string>();
  }
  std::string path = std::move(ready_.front());
  ready_.pop_front();
  return std::optional(std::move(path));
}

}  // namespace lakeflow::hl7v2
