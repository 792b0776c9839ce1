#include "libs/secrets/secret_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaximumBytes = 1U << 20U;

// At least one, as a poll of none would not wait.
int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 1, 60'000));
}

// A process in a group of its own, which ends with this object.
class Program {
 public:
  Program() = default;
  ~Program() {
    if (output_ >= 0) {
      ::close(output_);
    }
    if (id_ > 0) {
      ::kill(-id_, SIGKILL);
      ::waitpid(id_, nullptr, 0);
    }
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // 0 or an error number.
  int start(const std::vector<std::string>& words) {
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) {
      return errno;
    }
    output_ = pipe[0];
    std::vector<char*> arguments;
    for (const std::string& word : words) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int refused = ::posix_spawnp(&id_, arguments.front(), &actions, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    if (refused != 0) {
      id_ = 0;
    }
    return refused;
  }

  int output() const { return output_; }

  // Its exit code, or 128 + the signal that ended it; nothing where it has not ended by then.
  std::optional<int> wait(Clock::time_point deadline) {
    constexpr int kPause = 5;  // milliseconds; it has closed its output, so it is about to end
    int status = 0;
    while (::waitpid(id_, &status, WNOHANG) != id_) {
      if (Clock::now() >= deadline) {
        return std::nullopt;
      }
      ::poll(nullptr, 0, kPause);
    }
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t id_ = 0;
  int output_ = -1;
};

}  // namespace

Result<std::string> secret_of_command(const std::vector<std::string>& words, std::chrono::milliseconds patience) {
  // Words behind the first may be secret themselves.
  const std::string name = words.empty() ? std::string() : words.front();
  const auto failure = [&](std::string_view what) {
    return std::unexpected(
        Error::user(fmt::format("the command {} of the file of secrets {}", name, what), "try it by hand, as the user who runs this"));
  };
  Program program;
  if (const int refused = words.empty() ? ENOENT : program.start(words); refused != 0) {
    return failure(fmt::format("can't be started: {}", std::strerror(refused)));
  }
  std::string text;
  const Clock::time_point deadline = Clock::now() + patience;
  while (true) {  // until the deadline
    pollfd waiting{.fd = program.output(), .events = POLLIN, .revents = 0};
    const int ready = Clock::now() >= deadline ? 0 : ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready == 0 && Clock::now() >= deadline) {
      return failure("was not at its end in time");
    }
    if (ready <= 0) {
      continue;
    }
    char block[4096];
    const ssize_t count = ::read(program.output(), block, sizeof block);
    if (count <= 0) {
      break;
    }
    text.append(block, static_cast<std::size_t>(count));
    if (text.size() > kMaximumBytes) {
      return failure("prints more than 1 MB");
    }
  }
  const std::optional<int> code = program.wait(deadline);
  if (code != 0) {
    return failure(code ? fmt::format("ended with exit code {}", *code) : "was not at its end in time");
  }
  if (text.ends_with('\n')) {
    text.pop_back();
    if (text.ends_with('\r')) {
      text.pop_back();
    }
  }
  if (text.empty()) {
    return failure("printed nothing");
  }
  return text;
}

}  // namespace lakeflow
