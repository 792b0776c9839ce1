#include "tools/lakeflow/shell_completion.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tools/lakeflow/commands/all_commands.h"

namespace lakeflow {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
  std::string text;
  for (int c = 0; pipe && (c = std::fgetc(pipe.get())) != EOF;) {
    text += static_cast<char>(c);
  }
  return text;
}

bool is_there(const std::string& program) { return !output_of("command -v " + program).empty(); }

class ShellCompletion : public testing::Test {
 protected:
  ShellCompletion() {
    std::filesystem::create_directory(folder_);
    for (const char* shell : {"bash", "zsh", "fish"}) {
      std::ofstream(folder_ / shell) << shell_completion(shell, all_commands());
    }
  }
  ~ShellCompletion() override { std::filesystem::remove_all(folder_); }

  // What bash offers after the words, the last of which is being typed.
  std::string bash_offers(const std::string& words, int last) const {
    return output_of(
        fmt::format("cd {0} && touch clinic.yaml && bash -c 'source ./bash; COMP_WORDS=({1}); COMP_CWORD={2}; _lakeflow; echo \"${{COMPREPLY[*]}}\"'",
                    folder_.string(), words, last));
  }

  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() / fmt::format("lakeflow_completion_{}", ::getpid());
};

TEST_F(ShellCompletion, BashOffersCommandsSubcommandsOptionsAndFiles) {
  EXPECT_EQ(bash_offers("lakeflow qu", 1), "quarantine query\n");
  EXPECT_EQ(bash_offers("lakeflow quarantine e", 2), "export\n");
  EXPECT_EQ(bash_offers("lakeflow ingest clin", 2), "clinic.yaml\n");
  EXPECT_EQ(bash_offers("lakeflow ingest clinic.yaml --full", 3), "--full-refresh\n");
  EXPECT_EQ(bash_offers("lakeflow quarantine show --j", 3), "--json\n");
  EXPECT_EQ(bash_offers("lakeflow completion z", 2), "zsh\n");
}

TEST_F(ShellCompletion, ZshAndFishCanReadTheirScripts) {
  if (!is_there("zsh") && !is_there("fish")) {
    GTEST_SKIP() << "neither zsh nor fish is installed";
  }
  for (const char* shell : {"zsh", "fish"}) {
    if (is_there(shell)) {
      EXPECT_EQ(output_of(fmt::format("{0} -n {1}/{0} 2>&1", shell, folder_.string())), "");
    }
  }
}

TEST_F(ShellCompletion, EveryOptionIsOfferedInEveryShell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = shell_completion(shell, all_commands());
    for (const Command& command : all_commands()) {
      for (const Parameter& parameter : command.parameters) {
        if (parameter.form != Parameter::Form::kPositional) {
          EXPECT_NE(script.find(parameter.name), std::string::npos) << shell << ": " << command.name << " " << parameter.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace lakeflow
