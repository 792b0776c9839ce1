#include "testing/review/git_history.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include <fmt/format.h>

namespace lakeflow {
namespace {

struct FileCloser {
  void operator()(FILE* file) const { ::fclose(file); }
};

// The bytes of a line that getline made.
struct Line {
  ~Line() { ::free(text); }
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  char* text = nullptr;
  std::size_t capacity = 0;
};

// Runs `git -C folder words…` and shows each line of its output; its exit code, or an error where it can't be run.
Result<int> run_git(const std::filesystem::path& folder, std::vector<std::string> words, const std::function<void(std::string_view)>& on_line) {
  words.insert(words.begin(), {"git", "-C", folder.string(), "-c", "core.quotePath=false"});
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) {
    return std::unexpected(Error::internal("no pipe to git can be made"));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t process = 0;
  const int refused = ::posix_spawnp(&process, "git", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  const std::unique_ptr<FILE, FileCloser> output(::fdopen(pipe[0], "r"));
  if (refused != 0) {
    return std::unexpected(Error::user("git can't be run", "install git"));
  }
  Line line;
  for (ssize_t size = 0; output && (size = ::getline(&line.text, &line.capacity, output.get())) > 0;) {
    std::string_view text(line.text, static_cast<std::size_t>(size));
    on_line(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

Result<std::vector<std::string>> git_lines(const std::filesystem::path& folder, std::vector<std::string> words) {
  std::vector<std::string> lines;
  const std::string command = words.front();
  LAKEFLOW_ASSIGN(const int code, run_git(folder, std::move(words), [&](std::string_view line) { lines.emplace_back(line); }));
  if (code != 0) {
    return std::unexpected(Error::user(fmt::format("git {} ends with {}", command, code), "run it in the folder: it says why"));
  }
  return lines;
}

// The output of `git log --patch --unified=0`, line by line.
class PatchReader {
 public:
  explicit PatchReader(const std::function<void(const AddedLine&)>& visit) : visit_(visit) {}

  void read(std::string_view line) {
    if (added_left_ > 0 && line.starts_with('+')) {
      visit_({commit_, path_, number_, line.substr(1)});
      ++number_;
      --added_left_;
    } else if (removed_left_ > 0 && line.starts_with('-')) {
      --removed_left_;
    } else if (line.starts_with("commit ")) {
      commit_ = line.substr(7);
    } else if (line.starts_with("+++ ")) {
      path_ = line.substr(4);
    } else if (line.starts_with("@@ -")) {
      read_places(line);
    }
  }

 private:
  static std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }

  // "3,2" is a line and how many there are; without a comma it is one.
  static std::size_t count_in(std::string_view text) {
    const std::size_t comma = text.find(',');
    return comma == std::string_view::npos ? 1 : number_in(text.substr(comma + 1));
  }

  void read_places(std::string_view line) {
    const std::size_t minus = line.find('-') + 1;
    const std::size_t plus = line.find('+', minus);
    const std::size_t end = line.find(' ', plus);
    removed_left_ = count_in(line.substr(minus, plus - 1 - minus));
    number_ = number_in(line.substr(plus + 1));
    added_left_ = count_in(line.substr(plus + 1, end - plus - 1));
  }

  const std::function<void(const AddedLine&)>& visit_;
  std::string commit_;
  std::string path_;
  std::size_t number_ = 0;
  std::size_t added_left_ = 0;
  std::size_t removed_left_ = 0;
};

}  // namespace

Result<GitHistory> GitHistory::open(const std::filesystem::path& folder) {
  GitHistory history(folder);
  const auto root = git_lines(folder, {"rev-parse", "--show-toplevel"});
  if (!root || root->empty()) {
    return std::unexpected(
        Error::user("the folder is in no repository that git may read",
                    "git init in the folder and commit it; in a repository of another user: git config --global --add safe.directory"));
  }
  history.root_ = root->front();
  const auto commits = git_lines(folder, {"log", "--format=%h", "--", "."});
  if (!commits || commits->empty()) {
    return std::unexpected(Error::user("nothing of the folder is committed", "commit it: git add and git commit"));
  }
  history.commits_ = commits->size();
  LAKEFLOW_ASSIGN(const auto shallow, git_lines(folder, {"rev-parse", "--is-shallow-repository"}));
  history.is_shallow_ = !shallow.empty() && shallow.front() == "true";
  return history;
}

Result<std::vector<std::string>> GitHistory::ignored() const {
  LAKEFLOW_ASSIGN(std::vector<std::string> paths,
                  git_lines(folder_, {"ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "--", "."}));
  for (std::string& path : paths) {
    if (path.ends_with('/')) {
      path.pop_back();
    }
  }
  return paths;
}

bool GitHistory::ignores(const std::string& path) const {
  const auto code = run_git(folder_, {"check-ignore", "--quiet", "--no-index", "--", path}, [](std::string_view) {});
  return code && *code == 0;
}

bool GitHistory::tracks(const std::string& path) const {
  const auto lines = git_lines(folder_, {"ls-files", "--cached", "--", path});
  return lines && !lines->empty();
}

Result<std::vector<std::string>> GitHistory::commits_of(const std::string& path) const {
  return git_lines(folder_, {"log", "--all", "--format=%h", "--", path});
}

Status GitHistory::visit_added_lines(const std::function<void(const AddedLine&)>& visit) const {
  PatchReader reader(visit);
  LAKEFLOW_ASSIGN(const int code, run_git(folder_,
                                          {"log", "--patch", "--unified=0", "--relative", "--no-prefix", "--no-renames", "--no-color",
                                           "--no-ext-diff", "--no-textconv", "--format=commit %h", "--", "."},
                                          [&](std::string_view line) { reader.read(line); }));
  return code == 0 ? Status() : std::unexpected(Error::user(fmt::format("git log ends with {}", code), "run it in the folder: it says why"));
}

}  // namespace lakeflow
