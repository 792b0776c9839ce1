#include "testing/destination/child_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace lakeflow::testing {
namespace {

std::string read_all(int descriptor) {
  std::string out;
  std::array<char, 4096> buffer;
  for (ssize_t got = 0; (got = read(descriptor, buffer.data(), buffer.size())) > 0;) out.append(buffer.data(), static_cast<std::size_t>(got));
  return out;
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = write(descriptor, text.data() + done, text.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}

}  // namespace

std::string in_child(const std::function<std::string()>& work) {
  std::array<int, 2> pipes{};
  if (pipe2(pipes.data(), O_CLOEXEC) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    close(pipes[0]);
    write_all(pipes[1], work());
    _exit(0);
  }
  close(pipes[1]);
  std::string said = read_all(pipes[0]);
  close(pipes[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) said += "killed by " + std::to_string(WTERMSIG(status));
  return said;
}

WaitingChild::WaitingChild(const std::function<void(const std::function<void(std::string)>& ready)>& work) {
  std::array<int, 2> answer{}, gate{};
  if (pipe2(answer.data(), O_CLOEXEC) != 0 || pipe2(gate.data(), O_CLOEXEC) != 0) return;
  process_ = fork();
  if (process_ == 0) {
    close(answer[0]);
    close(gate[1]);
    work([&](const std::string& said) {
      write_all(answer[1], said);
      close(answer[1]);
      read_all(gate[0]);
    });
    _exit(0);
  }
  close(answer[1]);
  close(gate[0]);
  let_go_ = gate[1];
  said_ = read_all(answer[0]);
  close(answer[0]);
}

WaitingChild::~WaitingChild() {
  if (let_go_ >= 0) close(let_go_);
  if (process_ > 0) waitpid(process_, nullptr, 0);
}

void WaitingChild::kill() { ::kill(process_, SIGKILL); }

bool mount_small_disk(const std::string& folder, int kilobytes) {
  return unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + std::to_string(kilobytes) + "k").c_str()) == 0;
}

bool make_read_only(const std::string& folder) { return mount("none", folder.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0; }

}  // namespace lakeflow::testing
