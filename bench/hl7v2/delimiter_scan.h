#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lakeflow::bench {

// How many bytes are delimiters: | ^ ~ \ & or CR. The least that a reader of HL7 v2 has to look at, and so the measure of one;
// vector instructions as wide as this machine has them. What follows the last whole 64 bytes is left out.
std::uint64_t scan_delimiters(std::string_view text);

// The same, and the position of each into `positions`, which each 32 KB of text use again. Returns how many there are.
std::uint64_t locate_delimiters(std::string_view text, std::vector<std::uint32_t>& positions);

// The name of the instruction set that is used.
const char* scan_instructions();

}  // namespace lakeflow::bench
