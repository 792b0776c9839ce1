#include "tests/soak/faulted_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

pid_t start(const fs::path& root, const FaultOrder& order, const fs::path& report, const fs::path& log) {
  std::string program = LAKEFLOW_FAULT_SUBJECT;
  std::string pipeline = (root / "work" / "clinic.yaml").string();
  std::vector<char*> arguments = {program.data(), pipeline.data(), nullptr};
  std::vector<std::string> environment = {
      std::string("LD_PRELOAD=") + LAKEFLOW_FAULT_SHIM,         fmt::format("LAKEFLOW_FAULT_FOLDER={}", (root / "work").string()),
      fmt::format("LAKEFLOW_FAULT_REPORT={}", report.string()), fmt::format("LAKEFLOW_FAULT_AT={}", order.at),
      fmt::format("LAKEFLOW_FAULT_KIND={}", order.kind),        fmt::format("LAKEFLOW_FAULT_LASTS={}", order.lasts ? 1 : 0),
  };
  std::vector<char*> environment_pointers;
  for (std::string& variable : environment) environment_pointers.push_back(variable.data());
  for (char** variable = ::environ; *variable != nullptr; ++variable) environment_pointers.push_back(*variable);
  environment_pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process = -1;
  const int spawned = ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environment_pointers.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) std::abort();
  return process;
}

}  // namespace

FaultedEnd run_with_fault(const fs::path& root, const FaultOrder& order) {
  const fs::path report = root / "calls";
  const fs::path log = root / "output";
  fs::remove(report);
  const pid_t process = start(root, order, report, log);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  FaultedEnd end;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::ifstream lines(report);
  for (std::string word; lines >> word;) {
    if (word == "fault") {
      std::uint64_t number = 0;
      lines >> end.failed_call >> number;
    } else {
      lines >> end.calls;
    }
  }
  std::ifstream output(log);
  end.output = {std::istreambuf_iterator<char>(output), {}};
  return end;
}

}  // namespace lakeflow::test
