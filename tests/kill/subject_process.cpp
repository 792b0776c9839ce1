#include "tests/kill/subject_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

namespace lakeflow::test {

SubjectEnd run_subject(const std::filesystem::path& folder, const KillOrder& order, std::string flag) {
  std::string program = LAKEFLOW_KILL_SUBJECT;
  std::string pipeline = (folder / "clinic.yaml").string();
  std::vector<char*> arguments = {program.data(), pipeline.data(), flag.empty() ? nullptr : flag.data(), nullptr};
  std::vector<std::string> environment = order.to_environment();
  std::vector<char*> environment_pointers;
  for (std::string& variable : environment) {
    environment_pointers.push_back(variable.data());
  }
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    environment_pointers.push_back(*variable);
  }
  environment_pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (folder / "subject.log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process = -1;
  const int spawned = ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environment_pointers.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) {
    std::abort();
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return {.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

}  // namespace lakeflow::test
