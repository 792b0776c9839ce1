#include "tests/command_line/process.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace lakeflow {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void redirect(const char* path, int file, int flags) {
  const int opened = ::open(path, flags, 0600);
  ::dup2(opened, file);
  ::close(opened);
}

}  // namespace

Process::Process(const std::string& command, const std::filesystem::path& folder, const std::map<std::string, std::string>& environment,
                 const std::filesystem::path& output_prefix)
    : output_file_(output_prefix.string() + ".stdout"), messages_file_(output_prefix.string() + ".stderr") {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    if (!environment.contains(variable.substr(0, variable.find('=')))) {
      variables.push_back(variable);
    }
  }
  for (const auto& [name, value] : environment) {
    variables.push_back(name + "=" + value);
  }
  std::vector<char*> pointers;
  for (std::string& variable : variables) {
    pointers.push_back(variable.data());
  }
  pointers.push_back(nullptr);
  id_ = ::fork();
  if (id_ == 0) {
    ::setpgid(0, 0);
    if (::chdir(folder.c_str()) != 0) ::_exit(127);
    redirect("/dev/null", STDIN_FILENO, O_RDONLY);
    redirect(output_file_.c_str(), STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
    redirect(messages_file_.c_str(), STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
    ::execle("/bin/bash", "bash", "-c", command.c_str(), static_cast<char*>(nullptr), pointers.data());
    ::_exit(127);
  }
  ::setpgid(id_, id_);  // here as well: a signal may be sent before the child has come to do it
}

Process::~Process() {
  if (!ended_) {
    ::kill(-id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
}

int Process::wait(std::chrono::seconds at_most) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  int status = 0;
  while (::waitpid(id_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(-id_, SIGKILL);
      ::waitpid(id_, &status, 0);
      ended_ = true;
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ended_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::signal(int number) const { ::kill(-id_, number); }

std::string Process::output() const { return contents(output_file_); }
std::string Process::messages() const { return contents(messages_file_); }

}  // namespace lakeflow
