#include "libs/files/path_text.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

namespace lakeflow {
namespace {

// The bytes of the character at the start of `text` (Unicode 15, table 3-7); 0 where none stands there.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  const unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) {
    return 0;
  }
  for (std::size_t at = 2; at < length; ++at) {
    if ((byte(at) & 0xC0) != 0x80) {
      return 0;
    }
  }
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

// The byte that %FF at the start of `text` stands for.
std::optional<char> escaped_byte(std::string_view text) {
  constexpr std::size_t kLength = 3;
  if (text.size() < kLength || text[0] != '%') {
    return std::nullopt;
  }
  std::uint8_t byte = 0;
  const auto [end, failure] = std::from_chars(text.data() + 1, text.data() + kLength, byte, 16);
  return failure == std::errc() && end == text.data() + kLength ? std::optional(static_cast<char>(byte)) : std::nullopt;
}

std::string unescape(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    const std::optional<char> byte = escaped_byte(text);
    path += byte.value_or(text[0]);
    text.remove_prefix(byte ? 3 : 1);
  }
  return path;
}

// Also what looks like the text of such a path, or of the text of one, and so on: each unescaping is shorter, so that this ends.
bool needs_escapes(std::string_view path) {
  if (!is_utf8(path)) {
    return true;
  }
  const std::string inner = path.contains('%') ? unescape(path) : std::string();
  return !inner.empty() && inner.size() < path.size() && needs_escapes(inner);
}

}  // namespace

std::string path_text(std::string_view path) {
  if (!needs_escapes(path)) {
    return std::string(path);
  }
  std::string text;
  while (!path.empty()) {
    const std::size_t length = path[0] == '%' ? 0 : character_bytes(path);
    if (length == 0) {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(path[0]));
    } else {
      text += path.substr(0, length);
    }
    path.remove_prefix(length == 0 ? 1 : length);
  }
  return text;
}

std::string text_path(std::string_view text) {
  std::string path = text.contains('%') ? unescape(text) : std::string();
  return !path.empty() && path.size() < text.size() && needs_escapes(path) ? path : std::string(text);
}

}  // namespace lakeflow
