#pragma once

#include <cstdint>

namespace lakeflow {

// What an escape sequence of a string stands for (RFC 8259 §7).
struct JsonEscape {
  const char* end = nullptr;  // where the sequence ends; nullptr where it is none
  int written = 0;            // bytes of UTF-8; 0 for half of a surrogate pair, which has none
};

// Reads the sequence whose backslash is at `p` and writes at most 4 bytes. The next 12 bytes can be read.
JsonEscape read_escape(const char* p, std::uint8_t* out);

}  // namespace lakeflow
