#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include <sys/types.h>

namespace lakeflow {

// A shell command in a folder, with the process's environment and some variables more. It runs in a process group of its own,
// which is ended with it.
class Process {
 public:
  Process(const std::string& command, const std::filesystem::path& folder, const std::map<std::string, std::string>& environment,
          const std::filesystem::path& output_prefix);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The exit code; 128 + the signal that ended it; -1 where it took longer and was killed.
  int wait(std::chrono::seconds at_most);
  void signal(int number) const;
  pid_t id() const { return id_; }

  // What it printed so far.
  std::string output() const;
  std::string messages() const;

 private:
  std::filesystem::path output_file_;
  std::filesystem::path messages_file_;
  pid_t id_ = -1;
  bool ended_ = false;
};

}  // namespace lakeflow
