#pragma once

#include <string>
#include <string_view>

namespace lakeflow {

// A path as text that databases, logs and JSON take. A path is any bytes to a file system, and text has to be UTF-8: so in a path that is no
// UTF-8 each byte that belongs to no character, and each percent sign, is written as %FF. A path that is UTF-8 stays as it is, but for one that
// looks like the text of another. No two paths have the same text.
std::string path_text(std::string_view path);

// The path of which this is the text.
std::string text_path(std::string_view text);

}  // namespace lakeflow
