#include "base/json_text.h"

#include <cstdint>

#include <fmt/format.h>

#include "base/utf8.h"

namespace lakeflow {

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (static_cast<std::uint8_t>(c) >= 0x80) {
      const CodePoint code_point = first_code_point(text.substr(i));
      out += code_point.valid ? text.substr(i, code_point.bytes) : "\xEF\xBF\xBD";
      i += code_point.bytes;
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<std::uint8_t>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
    ++i;
  }
  out += '"';
}

}  // namespace lakeflow
