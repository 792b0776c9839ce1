#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lakeflow {

// Text that came from a source as it may stand on a terminal: control characters, which could steer the terminal, and
// bytes that are not UTF-8 are shown escaped ("\n", "\x1b").
std::string display_text(std::string_view text);

// How many columns of a terminal the text takes: combining marks none, East Asian wide characters and emoji two.
std::size_t display_width(std::string_view text);

// The text cut to the width, with an ellipsis where it was cut.
std::string cut_to_width(std::string_view text, std::size_t width);

}  // namespace lakeflow
