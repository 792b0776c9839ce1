#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/command_line/case_file.h"
#include "tests/command_line/process.h"

namespace lakeflow {

// Runs one case in a folder of its own, which is removed after it; a failed expectation is a failure of the current test.
class CaseRunner {
 public:
  // `bin` is the folder of the command.
  CaseRunner(const std::filesystem::path& bin, std::string name);
  ~CaseRunner();
  CaseRunner(const CaseRunner&) = delete;
  CaseRunner& operator=(const CaseRunner&) = delete;

  // Nothing, or why the case was skipped.
  std::optional<std::string> run(const CaseFile& file);

 private:
  class HeldDatabase;
  struct Finished {
    std::string command;
    int code = 0;
    std::string output;
    std::string messages;
    bool shows_data = false;
    bool code_was_checked = false;
  };

  void write_file(const CaseStep& step);
  // Starts a server of this name, which is ended with the case.
  void serve(const std::string& name, const std::string& command);
  int run_command(const std::string& command, bool shows_data);
  // Of the last command: its exit code must be 0 where the case does not say another, and it must have kept the secrets.
  void conclude_command();
  std::string with_variables(const std::string& text) const;

  const std::filesystem::path root_;    // of everything
  const std::filesystem::path folder_;  // where commands run
  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> urls_;
  std::vector<std::string> secrets_;
  std::vector<std::unique_ptr<Process>> servers_;
  std::map<std::string, std::unique_ptr<HeldDatabase>> held_;
  std::optional<Finished> last_;
  int commands_ = 0;
};

}  // namespace lakeflow
