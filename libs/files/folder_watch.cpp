#include "libs/files/folder_watch.h"

#include <linux/magic.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                  IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
// More changes than these are not told one by one: a listing is quicker.
constexpr std::size_t kMostChanges = 100'000;

std::string below(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

}  // namespace

bool sees_all_changes(long file_system_type) {
  // Those that linux/magic.h does not name.
  constexpr long kCifs = 0xFF534D42;
  constexpr long kSmb2 = 0xFE534D42;
  constexpr long kFuse = 0x65735546;
  constexpr long kLustre = 0x0BD00BD0;
  constexpr long kGpfs = 0x47504653;
  constexpr long kGfs2 = 0x01161970;
  constexpr std::array kRemote = {long{NFS_SUPER_MAGIC},
                                  long{SMB_SUPER_MAGIC},
                                  long{V9FS_MAGIC},
                                  long{AFS_SUPER_MAGIC},
                                  long{AFS_FS_MAGIC},
                                  long{CODA_SUPER_MAGIC},
                                  long{0x00c36400},
                                  kCifs,
                                  kSmb2,
                                  kFuse,
                                  kLustre,
                                  kGpfs,
                                  kGfs2,
                                  long{OCFS2_SUPER_MAGIC}};
  return std::ranges::find(kRemote, file_system_type & 0xFFFFFFFFL) == kRemote.end();
}

Result<std::unique_ptr<FolderWatch>> FolderWatch::start(const fs::path& root, FileQuery wanted, std::chrono::duration<double> quiet,
                                                        std::function<void()> on_quiet) {
  std::error_code failure;
  fs::path canonical = fs::canonical(root, failure);
  if (failure || !fs::is_directory(canonical, failure)) {
    return std::unexpected(Error::source(fmt::format("{} is no folder that can be watched", root.string())));
  }
  const int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify < 0) {
    return std::unexpected(Error::source(fmt::format("the folder {} cannot be watched: {}", root.string(), std::system_category().message(errno)),
                                         "fs.inotify.max_user_instances is the system's limit"));
  }
  const int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) {
    const int reason = errno;
    ::close(inotify);
    return std::unexpected(Error::source(fmt::format("the folder {} cannot be watched: {}", root.string(), std::system_category().message(reason))));
  }
  std::unique_ptr<FolderWatch> watch(new FolderWatch(std::move(canonical), std::move(wanted), quiet, std::move(on_quiet), inotify, wake));
  watch->add_folder({}, false);
  watch->thread_ = std::jthread([watch = watch.get()] { watch->run(); });
  return watch;
}

FolderWatch::FolderWatch(fs::path root, FileQuery wanted, std::chrono::duration<double> quiet, std::function<void()> on_quiet, int inotify, int wake)
    : root_(std::move(root)),
      wanted_(std::move(wanted)),
      quiet_(std::chrono::duration_cast<Clock::duration>(quiet)),
      on_quiet_(std::move(on_quiet)),
      inotify_(inotify),
      wake_(wake) {}

FolderWatch::~FolderWatch() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  eventfd_write(wake_, 1);
  if (thread_.joinable()) {
    thread_.join();
  }
  ::close(inotify_);
  ::close(wake_);
}

std::string FolderWatch::blind_spot() const {
  const std::lock_guard lock(mutex_);
  return blind_spot_;
}

std::uint64_t FolderWatch::place() const {
  const std::lock_guard lock(mutex_);
  return place_;
}

std::optional<std::vector<std::string>> FolderWatch::changed_since(std::uint64_t place) const {
  const std::lock_guard lock(mutex_);
  if (!blind_spot_.empty() || place < known_since_) {
    return std::nullopt;
  }
  std::vector<std::string> paths;
  for (const auto& [path, changed_at] : changed_) {
    if (changed_at > place) {
      paths.push_back(path);
    }
  }
  std::ranges::sort(paths);
  return paths;
}

void FolderWatch::expect_quiet(const std::string& path, std::chrono::duration<double> patience) {
  {
    const std::lock_guard lock(mutex_);
    quiet_at_.insert_or_assign(path, Clock::now() + std::chrono::duration_cast<Clock::duration>(patience));
  }
  eventfd_write(wake_, 1);
}

void FolderWatch::run() {
  while (true) {
    const int patience = settle();
    std::array<pollfd, 2> awaited{{{.fd = inotify_, .events = POLLIN, .revents = 0}, {.fd = wake_, .events = POLLIN, .revents = 0}}};
    poll(awaited.data(), awaited.size(), patience);
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
    {
      const std::lock_guard lock(mutex_);
      if (ends_) {
        return;
      }
    }
    take_events();
  }
}

int FolderWatch::settle() {
  const Clock::time_point now = Clock::now();
  std::optional<Clock::time_point> next;
  bool any_quiet = false;
  {
    const std::lock_guard lock(mutex_);
    any_quiet = std::erase_if(quiet_at_, [&](const auto& file) { return file.second <= now; }) > 0;
    for (const auto& [path, time] : quiet_at_) {
      next = next ? std::min(*next, time) : time;
    }
  }
  if (any_quiet) {
    on_quiet_();
  }
  if (!next) {
    return -1;
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

void FolderWatch::take_events() {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t count = ::read(inotify_, buffer.data(), buffer.size());
    if (count <= 0) {
      return;
    }
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      take(*event);
      at += sizeof(inotify_event) + event->len;
    }
  }
}

void FolderWatch::take(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    forget_changes();
    expect_quiet({}, quiet_);
    return;
  }
  const auto folder = folders_.find(event.wd);
  if (folder == folders_.end()) {
    return;
  }
  if ((event.mask & IN_IGNORED) != 0) {
    folders_.erase(folder);
    return;
  }
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    if (folder->second.empty()) {
      const std::lock_guard lock(mutex_);
      blind_spot_ = fmt::format("the folder {} was removed or moved", root_.string());
    }
    return;
  }
  const std::string path = below(folder->second, event.len > 0 ? event.name : "");
  if ((event.mask & IN_ISDIR) != 0) {
    take_folder(event, path);
    return;
  }
  // A file that is made is written next, and closed; a link to one is whole at once.
  struct stat status{};
  const bool is_linked = (event.mask & IN_CREATE) != 0 && ::lstat((root_ / path).c_str(), &status) == 0 && status.st_nlink > 1;
  const bool is_whole = is_linked || (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
  note(path, is_whole ? std::optional(patience_for(path)) : std::nullopt);
}

void FolderWatch::take_folder(const inotify_event& event, const std::string& path) {
  if (!wanted_.recursive) {
    return;
  }
  if ((event.mask & IN_MOVED_FROM) != 0) {
    // What was in it went with it.
    drop_folder(path);
    forget_changes();
  } else if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    add_folder(path, true);
  }
}

void FolderWatch::add_folder(const std::string& path, bool arrived) {
  const fs::path folder = path.empty() ? root_ : root_ / path;
  struct statfs status{};
  const int watch = inotify_add_watch(inotify_, folder.c_str(), kEvents);
  const int reason = errno;
  if (watch >= 0) {
    folders_.insert_or_assign(watch, path);
  }
  if (watch < 0 && reason != ENOENT && reason != ENOTDIR) {
    const std::lock_guard lock(mutex_);
    blind_spot_ = reason == ENOSPC ? "the system's limit of watches (fs.inotify.max_user_watches) is reached"
                                   : fmt::format("{} cannot be watched: {}", folder.string(), std::system_category().message(reason));
  } else if (statfs(folder.c_str(), &status) == 0 && !sees_all_changes(static_cast<long>(status.f_type))) {
    const std::lock_guard lock(mutex_);
    blind_spot_ = fmt::format("{} is on a file system that other machines may change", folder.string());
  }
  // Files that were there before the watch was.
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; (arrived || wanted_.recursive) && !failure && entry != end; entry.increment(failure)) {
    std::error_code ignored;
    const std::string inner = below(path, entry->path().filename().string());
    if (fs::is_directory(entry->symlink_status(ignored))) {
      if (wanted_.recursive) {
        add_folder(inner, arrived);
      }
    } else if (arrived) {
      note(inner, patience_for(inner));
    }
  }
}

void FolderWatch::drop_folder(const std::string& path) {
  for (auto folder = folders_.begin(); folder != folders_.end();) {
    if (folder->second == path || folder->second.starts_with(path + "/")) {
      inotify_rm_watch(inotify_, folder->first);
      folder = folders_.erase(folder);
    } else {
      ++folder;
    }
  }
}

// One that was moved in may have been left alone for long.
FolderWatch::Clock::duration FolderWatch::patience_for(const std::string& path) const {
  struct stat status{};
  if (::lstat((root_ / path).c_str(), &status) != 0) {
    return quiet_;
  }
  const auto modified =
      std::chrono::system_clock::time_point(std::chrono::seconds(status.st_mtim.tv_sec) +
                                            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
  const auto age = std::chrono::system_clock::now() - modified;
  return std::chrono::abs(age) < quiet_ ? quiet_ : Clock::duration::zero();
}

void FolderWatch::note(const std::string& path, std::optional<Clock::duration> patience) {
  if (!matches(wanted_, path)) {
    return;
  }
  const std::lock_guard lock(mutex_);
  changed_.insert_or_assign(path, ++place_);
  if (changed_.size() > kMostChanges) {
    changed_.clear();
    known_since_ = place_;
  }
  if (patience || quiet_at_.contains(path)) {
    quiet_at_.insert_or_assign(path, Clock::now() + patience.value_or(quiet_));
  }
}

void FolderWatch::forget_changes() {
  const std::lock_guard lock(mutex_);
  changed_.clear();
  known_since_ = ++place_;
}

}  // namespace lakeflow
