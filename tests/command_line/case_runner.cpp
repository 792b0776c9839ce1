#include "tests/command_line/case_runner.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <duckdb.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
constexpr auto kLongestCommand = 120s;

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }
std::string after_first_word(const std::string& text) {
  const std::size_t space = text.find(' ');
  return space == std::string::npos ? std::string() : text.substr(space + 1);
}

void change(const std::filesystem::path& path, const std::string& sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_result result{};
  ASSERT_EQ(duckdb_open(path.c_str(), &database), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  EXPECT_EQ(duckdb_query(connection, sql.c_str(), &result), DuckDBSuccess) << duckdb_result_error(&result);
  EXPECT_GT(duckdb_rows_changed(&result), 0U) << sql;
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

}  // namespace

// Another program that has the database open.
class CaseRunner::HeldDatabase {
 public:
  explicit HeldDatabase(const std::filesystem::path& path) { EXPECT_EQ(duckdb_open(path.c_str(), &database_), DuckDBSuccess); }
  ~HeldDatabase() { duckdb_close(&database_); }
  HeldDatabase(const HeldDatabase&) = delete;
  HeldDatabase& operator=(const HeldDatabase&) = delete;

 private:
  duckdb_database database_ = nullptr;
};

CaseRunner::CaseRunner(const std::filesystem::path& bin, std::string name)
    : root_(std::filesystem::temp_directory_path() / fmt::format("lakeflow_{}_{}", name, ::getpid())), folder_(root_ / "case") {
  std::filesystem::remove_all(root_);
  std::filesystem::create_directories(folder_);
  std::filesystem::create_directories(root_ / "home");
  const char* path = std::getenv("PATH");
  environment_ = {{"PATH", fmt::format("{}:{}", bin.string(), path == nullptr ? "/usr/bin:/bin" : path)},
                  {"HOME", (root_ / "home").string()},
                  {"XDG_CONFIG_HOME", (root_ / "home" / ".config").string()},
                  {"NO_COLOR", "1"},
                  {"LAKEFLOW_SOURCES", LAKEFLOW_SOURCE_DIR "/sources"},
                  {"TZ", "UTC"}};
}

CaseRunner::~CaseRunner() {
  for (const auto& server : servers_) {
    server->signal(SIGTERM);
    EXPECT_EQ(server->wait(30s), 0) << "a server did not end cleanly:\n" << server->messages();
  }
  held_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::optional<std::string> CaseRunner::run(const CaseFile& file) {
  for (const CaseStep& step : file.steps) {
    SCOPED_TRACE(fmt::format("{}:{}", file.path.string(), step.line));
    const bool looks_at_last = step.verb == "exit" || step.verb == "stdout" || step.verb == "stderr";
    if (!looks_at_last) {
      conclude_command();
    }
    if (step.verb == "file") {
      write_file(step);
    } else if (step.verb == "serve") {
      serve(first_word(step.argument), "exec lakeflow simulate fhir " + after_first_word(step.argument));
    } else if (step.verb == "start") {
      serve(first_word(step.argument), "exec " + after_first_word(step.argument));
    } else if (step.verb == "hold") {
      held_[step.argument] = std::make_unique<HeldDatabase>(folder_ / step.argument);
    } else if (step.verb == "release") {
      held_.erase(step.argument);
    } else if (step.verb == "change") {
      change(folder_ / first_word(step.argument), after_first_word(step.argument));
    } else if (step.verb == "secret") {
      secrets_.push_back(step.argument);
    } else if (step.verb == "requires") {
      if (run_command(step.argument, true) != 0) {
        last_.reset();
        return "this machine cannot do: " + step.argument;
      }
      last_.reset();
    } else if (step.verb == "setup") {
      run_command(step.argument, true);
    } else if (step.verb == "$") {
      run_command(step.argument, false);
    } else if (step.verb == "data") {
      run_command(after_first_word(step.argument), true);
    } else if (step.verb == "exit") {
      EXPECT_EQ(fmt::format("{}", last_->code), step.argument) << last_->command << "\n" << last_->output << last_->messages;
      last_->code_was_checked = true;
    } else {
      const Status matched = matches(with_variables(step.body), step.verb == "stdout" ? last_->output : last_->messages);
      EXPECT_TRUE(matched.has_value()) << last_->command << ": " << step.verb << ": " << (matched ? "" : matched.error().message());
    }
    if (testing::Test::HasFatalFailure()) {
      break;
    }
  }
  conclude_command();
  return std::nullopt;
}

void CaseRunner::write_file(const CaseStep& step) {
  const std::filesystem::path path = folder_ / step.argument;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << with_variables(step.body);
}

void CaseRunner::serve(const std::string& name, const std::string& command) {
  servers_.push_back(std::make_unique<Process>(command, folder_, environment_, root_ / fmt::format("server_{}", servers_.size())));
  const auto deadline = std::chrono::steady_clock::now() + kLongestCommand;
  std::string url;
  while (!(url = servers_.back()->output()).ends_with('\n') && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(5ms);
  }
  ASSERT_TRUE(url.starts_with("http://127.0.0.1:") || url.starts_with("https://127.0.0.1:")) << command << "\n" << url << servers_.back()->messages();
  url.pop_back();
  urls_[name] = url;
  environment_[name] = url;
}

int CaseRunner::run_command(const std::string& command, bool shows_data) {
  Process process(command, folder_, environment_, root_ / fmt::format("command_{}", commands_++));
  const int code = process.wait(kLongestCommand);
  last_ = Finished{command, code, process.output(), process.messages(), shows_data, false};
  return code;
}

void CaseRunner::conclude_command() {
  if (!last_) {
    return;
  }
  if (!last_->code_was_checked) {
    EXPECT_EQ(last_->code, 0) << last_->command << "\n" << last_->output << last_->messages;
  }
  for (const std::string& secret : secrets_) {
    EXPECT_TRUE(last_->shows_data || (last_->output + last_->messages).find(secret) == std::string::npos)
        << last_->command << " printed the secret " << secret << "\n"
        << last_->output << last_->messages;
  }
  last_.reset();
}

std::string CaseRunner::with_variables(const std::string& text) const {
  std::string out = text;
  for (const auto& [name, url] : urls_) {
    const std::string variable = "$" + name;
    for (std::size_t at = out.find(variable); at != std::string::npos; at = out.find(variable, at + url.size())) {
      out.replace(at, variable.size(), url);
    }
  }
  return out;
}

}  // namespace lakeflow
