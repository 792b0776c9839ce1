#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lakeflow::hl7v2 {

// How a byte that is no character of its set stands in text: as the lone surrogate U+DC00 + byte, three bytes of UTF-8's form
// (ED B0 80 … ED B3 BF) that real text cannot hold.

inline void append_undecodable(char c, std::string& out) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += '\xED';
  out += static_cast<char>(0xB0U | (byte >> 6U));
  out += static_cast<char>(0x80U | (byte & 0x3FU));
}

// The byte that the undecodable at `at` stands for; nothing where there is none.
inline std::optional<std::uint8_t> undecodable_at(std::string_view text, std::size_t at) {
  if (at + 3 > text.size() || text[at] != '\xED' || (static_cast<std::uint8_t>(text[at + 1]) & 0xFCU) != 0xB0U) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>((static_cast<std::uint8_t>(text[at + 1]) & 0x3U) << 6U | (static_cast<std::uint8_t>(text[at + 2]) & 0x3FU));
}

}  // namespace lakeflow::hl7v2
