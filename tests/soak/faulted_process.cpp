#include "tests/soak/faulted_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

struct TrialFiles {
  explicit TrialFiles(const fs::path& root) : work(root / "work"), shadow(root / "shadow"), report(root / "calls"), log(root / "output") {}
  fs::path work;
  fs::path shadow;
  fs::path report;
  fs::path log;
};

// As it was built, or of the folder that LAKEFLOW_FAULT_BIN names: a copy, so that hours of faults are not disturbed by a build.
std::string built(const char* file) {
  const char* other = std::getenv("LAKEFLOW_FAULT_BIN");
  return other == nullptr ? std::string(file) : (fs::path(other) / fs::path(file).filename()).string();
}

pid_t start(const TrialFiles& files, const FaultOrder& order, bool full_refresh) {
  std::string program = built(LAKEFLOW_FAULT_SUBJECT);
  std::string pipeline = (files.work / "clinic.yaml").string();
  std::string refresh = "--full-refresh";
  std::vector<char*> arguments = {program.data(), pipeline.data(), full_refresh ? refresh.data() : nullptr, nullptr};
  std::vector<std::string> environment = {
      "LD_PRELOAD=" + built(LAKEFLOW_FAULT_SHIM),
      fmt::format("LAKEFLOW_FAULT_FOLDER={}", files.work.string()),
      fmt::format("LAKEFLOW_FAULT_REPORT={}", files.report.string()),
      fmt::format("LAKEFLOW_FAULT_SHADOW={}", order.cut ? files.shadow.string() : ""),
      fmt::format("LAKEFLOW_FAULT_FORGETS={}", order.forgets),
      fmt::format("LAKEFLOW_FAULT_AT={}", order.at),
      fmt::format("LAKEFLOW_FAULT_KIND={}", order.kind),
      fmt::format("LAKEFLOW_FAULT_LASTS={}", order.lasts ? 1 : 0),
  };
  std::vector<char*> environment_pointers;
  for (std::string& variable : environment) environment_pointers.push_back(variable.data());
  for (char** variable = ::environ; *variable != nullptr; ++variable) environment_pointers.push_back(*variable);
  environment_pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, files.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t process = -1;
  const int spawned = ::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environment_pointers.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) std::abort();
  return process;
}

void read_report(const fs::path& report, FaultedEnd& end) {
  std::ifstream lines(report);
  for (std::string word; lines >> word;) {
    std::uint64_t number = 0;
    if (word == "fault") lines >> end.failed_call;
    lines >> number;
    if (word == "calls") end.calls = number;
    if (word == "marks") end.marks = number;
  }
}

void read_output(const fs::path& log, FaultedEnd& end) {
  std::ifstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    end.output += line + "\n";
    if (line == "committed") ++end.commits;
    if (line.starts_with("run ")) end.run_id = line.substr(4);
  }
}

}  // namespace

std::string FaultOrder::text() const {
  if (!cut) return kind + (lasts ? " from" : "");
  switch (*cut) {
    case PowerCut::kOnlySynced: return "cut, only what was synced stands,";
    case PowerCut::kNamesStand: return "cut, names stand,";
    case PowerCut::kLengthsStand: return "cut, names and lengths stand,";
  }
  return kind;
}

FaultedEnd run_with_fault(const fs::path& root, const FaultOrder& order, bool full_refresh) {
  const TrialFiles files(root);
  fs::remove(files.report);
  fs::remove_all(files.shadow);
  const SyncedShadow shadow(files.shadow);
  if (order.cut) shadow.all_synced(files.work);
  const pid_t process = start(files, order, full_refresh);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  FaultedEnd end;
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  read_report(files.report, end);
  read_output(files.log, end);
  if (order.cut) cut_power(files.work, shadow, *order.cut);
  return end;
}

}  // namespace lakeflow::test
