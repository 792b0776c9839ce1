// A library to be preloaded (LD_PRELOAD): counts the calls by which a process changes files below one folder, over all its threads, and lets
// one of them go wrong. It asks the environment:
//   LAKEFLOW_FAULT_FOLDER  the folder, absolute and without symbolic links; other files are left alone
//   LAKEFLOW_FAULT_REPORT  a file outside of it: the call that went wrong, and at the process's end how many there were
//   LAKEFLOW_FAULT_AT      which call goes wrong, from 1 on; 0 or nothing: none
//   LAKEFLOW_FAULT_KIND    kill, ENOSPC, EIO or cut. A write that is killed has written its first half. A cut kills, too, and counts no
//                          writes and truncations: they change nothing of what is synced
//   LAKEFLOW_FAULT_LASTS   1: all later calls of that kind (writes, say) fail as well
//   LAKEFLOW_FAULT_SHADOW  of a cut: the SyncedShadow that is to know what is synced
//   LAKEFLOW_FAULT_FORGETS files or folders: syncs of these are not told to the shadow, as if the program had left them out
// Each call goes to the C library's own function, unless it fails here. One call at a time, so that a cut knows what came before it.

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "tests/soak/synced_shadow.h"

namespace {

using lakeflow::test::SyncedShadow;

enum class Call { kWrite, kTruncate, kSync, kRename, kLink, kUnlink, kMakeFolder };

std::string environment(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// The real function under the name. `Function` is the type of ours.
template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

class Fault {
 public:
  Fault() {
    if (kind_ == "ENOSPC") error_ = ENOSPC;
    if (kind_ == "EIO") error_ = EIO;
    if (const std::string shadow = environment("LAKEFLOW_FAULT_SHADOW"); !shadow.empty()) shadow_.emplace(shadow);
  }
  ~Fault() { report("calls " + std::to_string(calls_) + "\nmarks " + std::to_string(marks_)); }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  bool is_watched(std::string_view path) const {
    return !folder_.empty() && path.starts_with(folder_) && (path.size() == folder_.size() || path[folder_.size()] == '/');
  }
  bool is_watched(int folder, const char* path) const {
    if (path == nullptr) return false;
    if (path[0] == '/') return is_watched(std::string_view(path));
    return is_watched(folder == AT_FDCWD ? target_of("/proc/self/cwd") : target_of("/proc/self/fd/" + std::to_string(folder)));
  }
  bool is_watched(int descriptor) const { return is_watched(target_of("/proc/self/fd/" + std::to_string(descriptor))); }

  // Held from before a call is counted until it is done.
  std::mutex& one_at_a_time() { return mutex_; }

  // Counts the call. 0: it may go on; else the error that it is to fail with. `dying`: what a call still does before the process is killed.
  template <typename Dying>
  int pass(Call call, const Dying& dying) {
    ++calls_;
    if (call > Call::kTruncate) ++marks_;
    const bool cuts = kind_ == "cut";
    if (cuts ? call > Call::kTruncate && marks_ == at_ : calls_ == at_) {
      failed_call_ = call;
      report("fault " + std::string(kCallNames[static_cast<std::size_t>(call)]) + " " + std::to_string(at_));
      if (kind_ == "kill") dying();
      if (cuts || kind_ == "kill") ::kill(::getpid(), SIGKILL);
      failing_ = lasts_;
      return error_;
    }
    return failing_ && failed_call_ == call ? error_ : 0;
  }

  void syncing(int descriptor) const {
    struct stat found{};
    if (!shadow_ || ::fstat(descriptor, &found) != 0) return;
    if (forgets_ != (S_ISDIR(found.st_mode) ? "folders" : "files")) shadow_->synced(descriptor);
  }

 private:
  static constexpr const char* kCallNames[] = {"write", "truncate", "sync", "rename", "link", "unlink", "mkdir"};

  static std::string target_of(const std::string& link) {
    char target[PATH_MAX];
    const ssize_t length = ::readlink(link.c_str(), target, sizeof(target));
    return length < 0 ? std::string() : std::string(target, static_cast<std::size_t>(length));
  }

  // By system calls alone: the functions are ours.
  void report(const std::string& line) const {
    if (report_.empty()) return;
    const long file = ::syscall(SYS_openat, AT_FDCWD, report_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string ended = line + "\n";
    if (::syscall(SYS_write, file, ended.data(), ended.size()) < 0) ::abort();
    ::syscall(SYS_close, file);
  }

  const std::string folder_ = environment("LAKEFLOW_FAULT_FOLDER");
  const std::string report_ = environment("LAKEFLOW_FAULT_REPORT");
  const std::string kind_ = environment("LAKEFLOW_FAULT_KIND");
  const std::uint64_t at_ = std::strtoull(environment("LAKEFLOW_FAULT_AT").c_str(), nullptr, 10);
  const bool lasts_ = environment("LAKEFLOW_FAULT_LASTS") == "1";
  const std::string forgets_ = environment("LAKEFLOW_FAULT_FORGETS");
  std::optional<SyncedShadow> shadow_;
  int error_ = 0;
  std::mutex mutex_;
  std::uint64_t calls_ = 0;
  std::uint64_t marks_ = 0;  // of them, those that change what a power cut leaves
  Call failed_call_ = Call::kWrite;
  bool failing_ = false;
};

Fault& fault() {
  static Fault instance;
  return instance;
}

// -1 with errno set, or what the real function gives.
template <typename Answer, typename Go, typename Dying>
Answer faulty(bool watched, Call call, const Go& go, const Dying& dying) {
  if (!watched) return go();
  const std::lock_guard lock(fault().one_at_a_time());
  if (const int error = fault().pass(call, dying); error != 0) {
    errno = error;
    return -1;
  }
  return go();
}
template <typename Answer, typename Go>
Answer faulty(bool watched, Call call, const Go& go) {
  return faulty<Answer>(watched, call, go, [] {});
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* const go = real<decltype(write)>("write");
  return faulty<ssize_t>(
      fault().is_watched(descriptor), Call::kWrite, [&] { return go(descriptor, bytes, size); }, [&] { go(descriptor, bytes, size / 2); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t place) {
  static auto* const go = real<decltype(pwrite)>("pwrite");
  return faulty<ssize_t>(
      fault().is_watched(descriptor), Call::kWrite, [&] { return go(descriptor, bytes, size, place); },
      [&] { go(descriptor, bytes, size / 2, place); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t place) { return pwrite(descriptor, bytes, size, place); }

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const go = real<decltype(writev)>("writev");
  return faulty<ssize_t>(
      fault().is_watched(descriptor), Call::kWrite, [&] { return go(descriptor, parts, count); }, [&] { go(descriptor, parts, count / 2); });
}

int fsync(int descriptor) {
  static auto* const go = real<decltype(fsync)>("fsync");
  return faulty<int>(fault().is_watched(descriptor), Call::kSync, [&] {
    fault().syncing(descriptor);
    return go(descriptor);
  });
}

int fdatasync(int descriptor) {
  static auto* const go = real<decltype(fdatasync)>("fdatasync");
  return faulty<int>(fault().is_watched(descriptor), Call::kSync, [&] {
    fault().syncing(descriptor);
    return go(descriptor);
  });
}

int ftruncate(int descriptor, off_t size) __THROW {
  static auto* const go = real<int(int, off_t)>("ftruncate");
  return faulty<int>(fault().is_watched(descriptor), Call::kTruncate, [&] { return go(descriptor, size); });
}

int ftruncate64(int descriptor, off64_t size) __THROW { return ftruncate(descriptor, size); }

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned int flags) __THROW {
  static auto* const go = real<int(int, const char*, int, const char*, unsigned int)>("renameat2");
  const bool watched = fault().is_watched(from_folder, from) || fault().is_watched(to_folder, to);
  return faulty<int>(watched, Call::kRename, [&] { return go(from_folder, from, to_folder, to, flags); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) __THROW { return renameat2(from_folder, from, to_folder, to, 0); }

int rename(const char* from, const char* to) __THROW { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) __THROW {
  static auto* const go = real<int(int, const char*, int, const char*, int)>("linkat");
  return faulty<int>(fault().is_watched(to_folder, to), Call::kLink, [&] { return go(from_folder, from, to_folder, to, flags); });
}

int link(const char* from, const char* to) __THROW { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char* path, int flags) __THROW {
  static auto* const go = real<int(int, const char*, int)>("unlinkat");
  return faulty<int>(fault().is_watched(folder, path), Call::kUnlink, [&] { return go(folder, path, flags); });
}

int unlink(const char* path) __THROW { return unlinkat(AT_FDCWD, path, 0); }

int rmdir(const char* path) __THROW { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char* path) __THROW {
  static auto* const go = real<int(const char*)>("remove");
  return faulty<int>(fault().is_watched(AT_FDCWD, path), Call::kUnlink, [&] { return go(path); });
}

int mkdirat(int folder, const char* path, mode_t mode) __THROW {
  static auto* const go = real<int(int, const char*, mode_t)>("mkdirat");
  return faulty<int>(fault().is_watched(folder, path), Call::kMakeFolder, [&] { return go(folder, path, mode); });
}

int mkdir(const char* path, mode_t mode) __THROW { return mkdirat(AT_FDCWD, path, mode); }

}  // extern "C"
