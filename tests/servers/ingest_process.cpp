#include "tests/servers/ingest_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace lakeflow {

IngestProcess::IngestProcess(std::filesystem::path pipeline, std::vector<std::string> arguments)
    : output_(pipeline.parent_path() / "output"), status_(1 << 8) {
  std::vector<std::string> words{LAKEFLOW_COMMAND, "ingest", pipeline.string()};
  words.insert(words.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  std::vector<char*> pointers;
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  if (::posix_spawn(&process_, words.front().c_str(), &actions, nullptr, pointers.data(), ::environ) != 0) {
    process_ = -1;
  }
  ::posix_spawn_file_actions_destroy(&actions);
}

IngestProcess::~IngestProcess() {
  kill();
  wait();
}

bool IngestProcess::is_running() {
  if (process_ > 0 && ::waitpid(process_, &status_, WNOHANG) == process_) {
    process_ = -1;
  }
  return process_ > 0;
}

void IngestProcess::kill() {
  if (is_running()) {
    ::kill(process_, SIGKILL);
  }
}

void IngestProcess::interrupt() {
  if (is_running()) {
    ::kill(process_, SIGINT);
  }
}

std::optional<int> IngestProcess::wait() {
  if (process_ > 0) {
    ::waitpid(process_, &status_, 0);
    process_ = -1;
  }
  return WIFSIGNALED(status_) ? std::nullopt : std::optional(WEXITSTATUS(status_));
}

std::string IngestProcess::output() const {
  std::ifstream file(output_);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace lakeflow
