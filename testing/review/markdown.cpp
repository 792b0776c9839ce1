#include "testing/review/markdown.h"

#include "testing/review/source_tree.h"

namespace lakeflow {
namespace {

std::string_view without_blanks(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

bool is_fence(std::string_view line) { return without_blanks(line).starts_with("```"); }

}  // namespace

std::vector<MarkdownSection> markdown_sections(std::string_view text) {
  std::vector<MarkdownSection> sections;
  bool in_code = false;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    in_code ^= is_fence(line);
    const std::size_t level = line.find_first_not_of('#');
    if (!in_code && level != std::string_view::npos && level > 0 && level < 7 && line[level] == ' ') {
      sections.push_back({.level = level, .title = std::string(without_blanks(line.substr(level))), .line = number});
    } else if (!sections.empty() && !without_blanks(line).empty()) {
      sections.back().has_text = true;
    }
  }
  return sections;
}

std::vector<CodeBlock> code_blocks(std::string_view text) {
  std::vector<CodeBlock> blocks;
  bool in_code = false;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (is_fence(line)) {
      in_code = !in_code;
      if (in_code) {
        blocks.push_back({.language = std::string(without_blanks(without_blanks(line).substr(3))), .line = number + 1, .text = {}});
      }
    } else if (in_code) {
      blocks.back().text += std::string(line) + '\n';
    }
  }
  return blocks;
}

}  // namespace lakeflow
