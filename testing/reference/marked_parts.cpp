#include "testing/reference/marked_parts.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::string_view kOpening = "<!-- lakeflow docs: ";
constexpr std::string_view kOpeningEnd = " -->";
constexpr std::string_view kClosing = "<!-- /lakeflow docs -->";

// Where the text of a part begins and ends.
struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// A line without its end, and where the next one begins.
std::string_view line_at(std::string_view text, std::size_t begin, std::size_t& next) {
  const std::size_t end = text.find('\n', begin);
  next = end == std::string_view::npos ? text.size() : end + 1;
  std::string_view line = text.substr(begin, (end == std::string_view::npos ? text.size() : end) - begin);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

Error mistake(std::size_t line, const std::string& what) {
  return Error::user(fmt::format("line {}: {}", line, what),
                     fmt::format("a part stands between {}options{} and {}", kOpening, kOpeningEnd, kClosing));
}

Result<std::map<std::string, Place, std::less<>>> places_of(std::string_view document) {
  std::map<std::string, Place, std::less<>> places;
  std::string open;
  std::size_t opened_at = 0;
  std::size_t number = 0;
  for (std::size_t begin = 0, next = 0; begin < document.size(); begin = next) {
    ++number;
    const std::string_view line = line_at(document, begin, next);
    if (line.starts_with(kOpening) && line.ends_with(kOpeningEnd)) {
      const std::string_view name = line.substr(kOpening.size(), line.size() - kOpening.size() - kOpeningEnd.size());
      if (!open.empty()) {
        return std::unexpected(mistake(number, fmt::format("the part {} of line {} is not closed yet", open, opened_at)));
      }
      if (places.contains(name)) {
        return std::unexpected(mistake(number, fmt::format("the part {} stands twice", name)));
      }
      open = name;
      opened_at = number;
      places[open].begin = next;
    } else if (line == kClosing) {
      if (open.empty()) {
        return std::unexpected(mistake(number, "no part is open"));
      }
      places[open].end = begin;
      open.clear();
    }
  }
  if (!open.empty()) {
    return std::unexpected(mistake(opened_at, fmt::format("the part {} is never closed", open)));
  }
  return places;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, next = 0; begin < text.size(); begin = next) {
    lines.emplace_back(line_at(text, begin, next));
  }
  return lines;
}

}  // namespace

std::string opening_mark(std::string_view name) { return fmt::format("{}{}{}", kOpening, name, kOpeningEnd); }

Result<std::optional<std::string>> find_marked_part(std::string_view document, std::string_view name) {
  LAKEFLOW_ASSIGN(const auto places, places_of(document));
  const auto place = places.find(name);
  if (place == places.end()) {
    return std::nullopt;
  }
  return std::string(document.substr(place->second.begin, place->second.end - place->second.begin));
}

Result<std::string> replace_marked_parts(std::string_view document, std::span<const MarkedPart> parts) {
  std::string text(document);
  for (const MarkedPart& part : parts) {
    LAKEFLOW_ASSIGN(const auto places, places_of(text));
    if (const auto place = places.find(part.name); place != places.end()) {
      text.replace(place->second.begin, place->second.end - place->second.begin, part.text);
    }
  }
  return text;
}

std::vector<std::string> different_lines(std::string_view before, std::string_view after) {
  const std::vector<std::string> old_lines = lines_of(before);
  const std::vector<std::string> new_lines = lines_of(after);
  if (old_lines == new_lines) {
    return {};
  }
  std::vector<std::string> differences;
  const auto add_missing = [&](const std::vector<std::string>& lines, const std::vector<std::string>& others, std::string_view mark) {
    const std::set<std::string> known(others.begin(), others.end());
    for (const std::string& line : lines) {
      if (!known.contains(line)) {
        differences.push_back(fmt::format("{} {}", mark, line));
      }
    }
  };
  add_missing(old_lines, new_lines, "-");
  add_missing(new_lines, old_lines, "+");
  if (differences.empty()) {
    differences.emplace_back("the same lines in another order or number");
  }
  return differences;
}

}  // namespace lakeflow
