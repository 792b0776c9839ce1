#pragma once

#include <cstddef>
#include <string_view>

namespace lakeflow {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;  // of its sequence; 1 where there is none
  bool valid = false;
};

// The code point at the start of `text`, which is not empty. Not valid where no UTF-8 sequence begins there: overlong forms,
// surrogates and what lies beyond U+10FFFF are none (RFC 3629 §4).
CodePoint first_code_point(std::string_view text);

}  // namespace lakeflow
