#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lakeflow {

// What an escape sequence of a string stands for (RFC 8259 §7).
struct JsonEscape {
  const char* end = nullptr;  // where the sequence ends; nullptr where it is none
  int written = 0;            // bytes of UTF-8; 0 for half of a surrogate pair, which has none
};

// What a backslash and this character stand for; 0 where that is no character, or depends on what follows.
inline constexpr std::array<std::uint8_t, 256> kSimpleEscapes = [] {
  std::array<std::uint8_t, 256> meant{};
  meant['"'] = '"';
  meant['\\'] = '\\';
  meant['/'] = '/';
  meant['b'] = '\b';
  meant['f'] = '\f';
  meant['n'] = '\n';
  meant['r'] = '\r';
  meant['t'] = '\t';
  return meant;
}();

inline constexpr std::size_t kMostEscaped = 4;  // bytes that one sequence can stand for

// read_escape where the backslash is followed by `u`, or by what may not follow one.
JsonEscape read_unicode_escape(const char* p, std::uint8_t* out);

// Reads the sequence whose backslash is at `p`; the next 12 bytes can be read. kMostEscaped bytes can be written at `out`.
inline JsonEscape read_escape(const char* p, std::uint8_t* out) {
  *out = kSimpleEscapes[static_cast<std::uint8_t>(p[1])];
  return *out != 0 ? JsonEscape{p + 2, 1} : read_unicode_escape(p, out);
}

}  // namespace lakeflow
