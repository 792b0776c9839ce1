#include "tests/command_line/case_file.h"

#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::array<std::string_view, 14> kVerbs = {"file",     "serve", "start", "hold", "release", "change", "secret",
                                                     "requires", "setup", "$",     "data", "exit",    "stdout", "stderr"};

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// [..] stands for anything.
bool line_matches(std::string_view pattern, std::string_view line) {
  const std::size_t gap = pattern.find("[..]");
  if (gap == std::string_view::npos) {
    return pattern == line;
  }
  if (!line.starts_with(pattern.substr(0, gap))) {
    return false;
  }
  const std::string_view rest = pattern.substr(gap + 4);
  for (std::size_t begin = gap; begin <= line.size(); ++begin) {
    if (line_matches(rest, line.substr(begin))) {
      return true;
    }
  }
  return false;
}

// How many lines of the text the longest matching beginning of the pattern takes; `complete` where all of it matched.
struct Progress {
  std::size_t pattern_lines = 0;
  bool complete = false;
};

Progress match_lines(const std::vector<std::string_view>& pattern, std::size_t p, const std::vector<std::string_view>& text, std::size_t t) {
  if (p == pattern.size()) {
    return {p, t == text.size()};
  }
  if (pattern[p] == "...") {
    Progress best{p, false};
    for (std::size_t next = t; next <= text.size(); ++next) {
      const Progress tried = match_lines(pattern, p + 1, text, next);
      if (tried.complete) return tried;
      best = tried.pattern_lines > best.pattern_lines ? tried : best;
    }
    return best;
  }
  if (t == text.size() || !line_matches(pattern[p], text[t])) {
    return {p, false};
  }
  return match_lines(pattern, p + 1, text, t + 1);
}

}  // namespace

Status matches(std::string_view pattern, std::string_view text) {
  const auto pattern_lines = lines_of(pattern);
  const Progress progress = match_lines(pattern_lines, 0, lines_of(text), 0);
  if (progress.complete) {
    return {};
  }
  const std::string_view missing =
      progress.pattern_lines < pattern_lines.size() ? pattern_lines[progress.pattern_lines] : std::string_view("(the end)");
  return std::unexpected(Error::internal(fmt::format("this line did not come: {}\n--- what came:\n{}---", missing, text)));
}

Result<CaseFile> read_case_file(const std::filesystem::path& path) {
  CaseFile file{.path = path, .steps = {}};
  std::ifstream input(path);
  std::string line;
  for (int number = 1; std::getline(input, line); ++number) {
    if (!line.starts_with("=== ")) {
      if (!file.steps.empty() && !line.starts_with(";; ")) {
        file.steps.back().body += line + "\n";
      }
      continue;
    }
    const std::string rest = line.substr(4);
    const std::size_t space = rest.find(' ');
    CaseStep step{.verb = rest.substr(0, space), .argument = space == std::string::npos ? "" : rest.substr(space + 1), .body = {}, .line = number};
    if (std::ranges::find(kVerbs, step.verb) == kVerbs.end()) {
      return std::unexpected(Error::internal(fmt::format("{}:{}: no such step: {}", path.string(), number, step.verb)));
    }
    file.steps.push_back(std::move(step));
  }
  for (CaseStep& step : file.steps) {
    while (step.body == "\n" || step.body.ends_with("\n\n")) {
      step.body.pop_back();
    }
  }
  return file;
}

}  // namespace lakeflow
