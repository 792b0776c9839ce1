#include "engine/decode/json_escape.h"

namespace lakeflow {
namespace {

// The four hexadecimal digits at `p` as a number, or one beyond all of them.
constexpr std::uint32_t kNoNumber = 0x10000;

std::uint32_t read_hex(const char* p) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = p[i];
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A') + 10;
    } else {
      return kNoNumber;
    }
    value = value << 4U | digit;
  }
  return value;
}

int write_utf8(std::uint32_t code, std::uint8_t* out) {
  const auto tail = [&](unsigned shift) { return static_cast<std::uint8_t>(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    out[0] = static_cast<std::uint8_t>(code);
    return 1;
  }
  if (code < 0x800) {
    out[0] = static_cast<std::uint8_t>(0xC0U | (code >> 6U));
    out[1] = tail(0);
    return 2;
  }
  if (code < 0x10000) {
    out[0] = static_cast<std::uint8_t>(0xE0U | (code >> 12U));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<std::uint8_t>(0xF0U | (code >> 18U));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

}  // namespace

JsonEscape read_unicode_escape(const char* p, std::uint8_t* out) {
  const std::uint32_t code = p[1] == 'u' ? read_hex(p + 2) : kNoNumber;
  if (code == kNoNumber) {
    return {};
  }
  if (code < 0xD800 || code > 0xDFFF) {
    return {p + 6, write_utf8(code, out)};
  }
  if (code < 0xDC00 && p[6] == '\\' && p[7] == 'u') {
    const std::uint32_t low = read_hex(p + 8);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      return {p + 12, write_utf8(0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00), out)};
    }
  }
  return {p + 6, 0};
}

}  // namespace lakeflow
