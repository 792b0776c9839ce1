#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// A heading with what stands below it, up to the next heading of any level.
struct MarkdownSection {
  std::size_t level = 1;
  std::string title;  // without the marks
  std::size_t line = 0;
  bool has_text = false;  // other than headings and empty lines
};
std::vector<MarkdownSection> markdown_sections(std::string_view text);

// What stands between ```LANGUAGE and ```.
struct CodeBlock {
  std::string language;
  std::size_t line = 0;  // of its first line of code
  std::string text;
};
std::vector<CodeBlock> code_blocks(std::string_view text);

}  // namespace lakeflow
