#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// Parts of a document that are generated stand between two lines of their own:
//
//   <!-- lakeflow docs: options -->
//   …
//   <!-- /lakeflow docs -->
//
// What stands outside of them is its authors' and is never touched.
struct MarkedPart {
  std::string name;  // "options"
  std::string text;  // whole lines
};

// What a document has between the marks of this name; nothing where it has no such marks. A user error, with its line, where a mark is never closed,
// closed without being opened, or stands twice.
Result<std::optional<std::string>> find_marked_part(std::string_view document, std::string_view name);

// The document with each of the parts between its marks; a part without marks is left out. The errors of find_marked_part.
Result<std::string> replace_marked_parts(std::string_view document, std::span<const MarkedPart> parts);

// The line that opens a part, for messages.
std::string opening_mark(std::string_view name);

// What tells two texts apart: "- " and each line that only the first has, then "+ " and each that only the second has. Empty where they are the same.
std::vector<std::string> different_lines(std::string_view before, std::string_view after);

}  // namespace lakeflow
