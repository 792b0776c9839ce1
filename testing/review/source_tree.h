#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

enum class FileKind {
  kCode,      // C++ of the connector
  kTestCode,  // C++ below test/
  kDocument,  // Markdown
  kOther,
};

struct SourceFile {
  std::string path;  // below the folder, with slashes
  FileKind kind = FileKind::kOther;
  std::string text;
  // Of C++: the same with comments, and what stands in literals, blanked out; so lines and columns are the text's. Includes stay.
  std::string code;
};

// The text files of a folder, as they would be committed: what git ignores is left out, where git knows the folder.
struct SourceTree {
  std::filesystem::path folder;
  std::vector<SourceFile> files;

  const SourceFile* find(std::string_view path) const;
};

// `ignored`: paths below the folder that are passed over, with all that is below them.
Result<SourceTree> read_source_tree(const std::filesystem::path& folder, const std::vector<std::string>& ignored);

// Comments and the contents of literals replaced by blanks; the ends of lines stay.
std::string code_alone(std::string_view text);

// The lines of a text, without their ends.
std::vector<std::string_view> lines_of(std::string_view text);

// The number of the line in which the place stands, from 1.
std::size_t line_of(std::string_view text, std::size_t place);

}  // namespace lakeflow
