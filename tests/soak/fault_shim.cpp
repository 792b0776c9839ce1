// A library to be preloaded (LD_PRELOAD): counts the calls by which a process changes files below one folder, over all its threads, and lets
// one of them go wrong. It asks the environment:
//   LAKEFLOW_FAULT_FOLDER  the folder, absolute and without symbolic links; other files are left alone
//   LAKEFLOW_FAULT_REPORT  a file outside of it: the call that went wrong, and at the process's end how many there were
//   LAKEFLOW_FAULT_AT      which call goes wrong, from 1 on; 0 or nothing: none
//   LAKEFLOW_FAULT_KIND    kill, ENOSPC or EIO. A write that is killed has written its first half.
//   LAKEFLOW_FAULT_LASTS   1: all later calls of that kind (writes, say) fail as well
// Each call goes to the C library's own function, unless it fails here.

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

enum class Call { kWrite, kSync, kTruncate, kRename, kLink, kUnlink };

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
  }
  ~Fault() { report("calls " + std::to_string(calls_.load())); }
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

  // Counts the call. 0: it may go on; else the error that it is to fail with. `dying`: what a call still does before the process is killed.
  template <typename Dying>
  int pass(Call call, const Dying& dying) {
    const std::uint64_t number = ++calls_;
    if (number == at_) {
      failed_call_ = call;
      report("fault " + std::string(kCallNames[static_cast<std::size_t>(call)]) + " " + std::to_string(number));
      if (kind_ == "kill") {
        dying();
        ::kill(::getpid(), SIGKILL);
      }
      failing_ = lasts_;
      return error_;
    }
    return failing_ && failed_call_ == call ? error_ : 0;
  }
  int pass(Call call) {
    return pass(call, [] {});
  }

 private:
  static constexpr const char* kCallNames[] = {"write", "sync", "truncate", "rename", "link", "unlink"};

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
  int error_ = 0;
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<Call> failed_call_ = Call::kWrite;
  std::atomic<bool> failing_ = false;
};

Fault& fault() {
  static Fault instance;
  return instance;
}

// -1 with errno set, or what the real function gives.
template <typename Answer, typename Go>
Answer unless(int error, const Go& go) {
  if (error != 0) {
    errno = error;
    return -1;
  }
  return go();
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* const go = real<decltype(write)>("write");
  const int error = fault().is_watched(descriptor) ? fault().pass(Call::kWrite, [&] { go(descriptor, bytes, size / 2); }) : 0;
  return unless<ssize_t>(error, [&] { return go(descriptor, bytes, size); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t place) {
  static auto* const go = real<decltype(pwrite)>("pwrite");
  const int error = fault().is_watched(descriptor) ? fault().pass(Call::kWrite, [&] { go(descriptor, bytes, size / 2, place); }) : 0;
  return unless<ssize_t>(error, [&] { return go(descriptor, bytes, size, place); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t place) { return pwrite(descriptor, bytes, size, place); }

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const go = real<decltype(writev)>("writev");
  const int error = fault().is_watched(descriptor) ? fault().pass(Call::kWrite, [&] { go(descriptor, parts, count / 2); }) : 0;
  return unless<ssize_t>(error, [&] { return go(descriptor, parts, count); });
}

int fsync(int descriptor) {
  static auto* const go = real<decltype(fsync)>("fsync");
  return unless<int>(fault().is_watched(descriptor) ? fault().pass(Call::kSync) : 0, [&] { return go(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const go = real<decltype(fdatasync)>("fdatasync");
  return unless<int>(fault().is_watched(descriptor) ? fault().pass(Call::kSync) : 0, [&] { return go(descriptor); });
}

int ftruncate(int descriptor, off_t size) __THROW {
  static auto* const go = real<int(int, off_t)>("ftruncate");
  return unless<int>(fault().is_watched(descriptor) ? fault().pass(Call::kTruncate) : 0, [&] { return go(descriptor, size); });
}

int ftruncate64(int descriptor, off64_t size) __THROW { return ftruncate(descriptor, size); }

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned int flags) __THROW {
  static auto* const go = real<int(int, const char*, int, const char*, unsigned int)>("renameat2");
  const bool watched = fault().is_watched(from_folder, from) || fault().is_watched(to_folder, to);
  return unless<int>(watched ? fault().pass(Call::kRename) : 0, [&] { return go(from_folder, from, to_folder, to, flags); });
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) __THROW { return renameat2(from_folder, from, to_folder, to, 0); }

int rename(const char* from, const char* to) __THROW { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) __THROW {
  static auto* const go = real<int(int, const char*, int, const char*, int)>("linkat");
  return unless<int>(fault().is_watched(to_folder, to) ? fault().pass(Call::kLink) : 0, [&] { return go(from_folder, from, to_folder, to, flags); });
}

int link(const char* from, const char* to) __THROW { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char* path, int flags) __THROW {
  static auto* const go = real<int(int, const char*, int)>("unlinkat");
  return unless<int>(fault().is_watched(folder, path) ? fault().pass(Call::kUnlink) : 0, [&] { return go(folder, path, flags); });
}

int unlink(const char* path) __THROW { return unlinkat(AT_FDCWD, path, 0); }

int remove(const char* path) __THROW {
  static auto* const go = real<int(const char*)>("remove");
  return unless<int>(fault().is_watched(AT_FDCWD, path) ? fault().pass(Call::kUnlink) : 0, [&] { return go(path); });
}

}  // extern "C"
