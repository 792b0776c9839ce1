#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "libs/files/file_store.h"

struct inotify_event;

namespace lakeflow {

// Notices what happens to the wanted files of a folder of this machine, through inotify(7), in a thread of its own.
//
// It may be blind: to what other machines do to a network file system, to folders beyond the system's limit of watches, behind links. Then it says
// what is missing (blind_spot) and cannot tell what changed; what it does see it still tells of at once.
class FolderWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // `on_quiet` is called by the thread when a file that was closed after writing, moved in or linked has been left alone for `quiet`; once for
  // several of them. A source error where the folder is not there or the system has no more watches at all.
  static Result<std::unique_ptr<FolderWatch>> start(const std::filesystem::path& root, FileQuery wanted, std::chrono::duration<double> quiet,
                                                    std::function<void()> on_quiet);
  // Ends the thread, at the longest after a call of on_quiet.
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Why it does not see everything; empty where it does.
  std::string blind_spot() const;

  // A place in the course of what happens: now.
  std::uint64_t place() const;
  // The paths below the root to which anything happened since, be it that they went; nothing where that can't be told, and the folder has to
  // be listed. Of this watch's places only.
  std::optional<std::vector<std::string>> changed_since(std::uint64_t place) const;

  // Lets on_quiet be called for this file, too, when it has been left alone for so long from now.
  void expect_quiet(const std::string& path, std::chrono::duration<double> patience);

 private:
  FolderWatch(std::filesystem::path root, FileQuery wanted, std::chrono::duration<double> quiet, std::function<void()> on_quiet, int inotify,
              int wake);

  void run();
  // How long to wait for an event, in milliseconds; calls on_quiet where it is time to.
  int settle();
  void take_events();
  void take(const inotify_event& event);
  void take_folder(const inotify_event& event, const std::string& path);
  // Watches a folder and those below it; `arrived`: what is in it is new.
  void add_folder(const std::string& path, bool arrived);
  void drop_folder(const std::string& path);
  // `patience`: how long it has to be left alone before it may be read; nothing where it may still be written.
  void note(const std::string& path, std::optional<Clock::duration> patience);
  Clock::duration patience_for(const std::string& path) const;
  void forget_changes();

  const std::filesystem::path root_;  // canonical
  const FileQuery wanted_;
  const Clock::duration quiet_;
  const std::function<void()> on_quiet_;
  const int inotify_;
  const int wake_;                      // an eventfd
  std::map<int, std::string> folders_;  // by watch, below the root; the thread's

  mutable std::mutex mutex_;
  bool ends_ = false;
  std::string blind_spot_;
  std::uint64_t place_ = 1;
  std::uint64_t known_since_ = 1;  // what changed before is forgotten
  std::unordered_map<std::string, std::uint64_t> changed_;
  std::unordered_map<std::string, Clock::time_point> quiet_at_;
  std::jthread thread_;  // the last: it uses the others
};

// Whether inotify sees all changes in a file system of this type (statfs(2)): not those that other machines make.
bool sees_all_changes(long file_system_type);

}  // namespace lakeflow
