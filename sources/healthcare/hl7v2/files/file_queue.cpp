#include "sources/healthcare/hl7v2/files/file_queue.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

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

}  // namespace

Status FileQueue::fill() {
  std::map<std::string, FileProgress> known;
  if (context_.state != nullptr) {
    LAKEFLOW_TRY(context_.state->scan(kFileKeyPrefix, [&](std::string_view key, std::string_view value) -> Status {
      LAKEFLOW_ASSIGN(FileProgress progress, FileProgress::parse(value));
      known.emplace(key.substr(kFileKeyPrefix.size()), std::move(progress));
      return {};
    }));
  }
  scanned_at_ = now_micros();
  quiet_at_ = std::chrono::steady_clock::now() +
              std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(options_.quiet_seconds));
  LAKEFLOW_ASSIGN(std::vector<FoundFile> found, store_.list(options_.wanted_files(), context_.stop));
  for (FoundFile& file : found) {
    QueuedFile queued{.path = std::move(file.path), .progress = std::nullopt};
    if (auto entry = known.extract(queued.path)) {
      FileProgress& progress = entry.mapped();
      const bool same = progress.identity == file.identity;
      if (progress.missing_since) {
        progress.missing_since.reset();
        changed_.insert_or_assign(queued.path, progress);
      }
      if (same && (progress.is_complete() || progress.is_refused)) {
        continue;
      }
      queued.progress = std::move(progress);
    }
    const double age = static_cast<double>(scanned_at_ * 1000 - file.identity.modified_ns) / kNanosPerSecond;
    // A preview commits nothing, so that half a file does no harm there.
    if (context_.state != nullptr && std::abs(age) < options_.quiet_seconds) {
      young_.push_back({std::move(queued), file.identity});
    } else {
      ready_.push_back(std::move(queued));
    }
  }
  note_missing(known);
  return {};
}

void FileQueue::note_missing(std::map<std::string, FileProgress>& known) {
  for (auto& [path, progress] : known) {
    if (!progress.missing_since) {
      progress.missing_since = scanned_at_;
      changed_.insert_or_assign(path, std::move(progress));
    } else if (scanned_at_ - *progress.missing_since > kRememberMissing) {
      changed_.insert_or_assign(path, std::nullopt);
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
  LAKEFLOW_ASSIGN(const std::vector<FoundFile> found, store_.list(options_.wanted_files(), context_.stop));
  for (YoungFile& young : young_) {
    const auto now = std::ranges::lower_bound(found, young.file.path, {}, &FoundFile::path);
    if (now != found.end() && now->path == young.file.path && now->identity == young.identity) {
      ready_.push_back(std::move(young.file));
    } else {
      context_.log->log(LogLevel::kInfo, "a file is still being written, and waits for the next read", {{"file", young.file.path}});
    }
  }
  young_.clear();
  return {};
}

Result<std::optional<QueuedFile>> FileQueue::next() {
  const bool past_deadline = context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline;
  if (ready_.empty() && !young_.empty() && !past_deadline) {
    LAKEFLOW_TRY(wait_for_quiet());
  }
  if (ready_.empty()) {
    return std::optional<QueuedFile>();
  }
  QueuedFile file = std::move(ready_.front());
  ready_.pop_front();
  return std::optional(std::move(file));
}

}  // namespace lakeflow::hl7v2
