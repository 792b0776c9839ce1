#pragma once

#include <cstddef>
#include <cstdint>

namespace lakeflow::hl7v2 {

// What columns do once a batch for all of their rows: vector instructions as the machine has them.

// Rows beyond the last one that these functions may read: room for them, zero, is the caller's.
inline constexpr std::int64_t kValidityStep = 8;

// Bytes of a bitmap of so many rows, up to a whole word.
constexpr std::size_t validity_bytes(std::int64_t rows) { return static_cast<std::size_t>((rows + 63) / 64 * 8); }

// ends[i + 1] is 0 where row i has no value, else 1 + where it ends. Makes of it Arrow's offsets, ends[0] included, and of `bits` a
// bitmap of the rows that have one. Returns how many have none; where that is 0 the bits are not written.
std::int64_t offsets_from_ends(std::uint32_t* ends, std::int64_t rows, std::uint8_t* bits);

// A bitmap of the rows whose byte is 1, not 0. Returns how many are 0.
std::int64_t validity_from_bytes(const std::uint8_t* bytes, std::int64_t rows, std::uint8_t* bits);

// Sets in `bits` what is set in `others`.
void unite_validity(const std::uint8_t* others, std::int64_t rows, std::uint8_t* bits);

// How many of the rows are set. What follows them in the last byte is not.
std::int64_t count_validity(const std::uint8_t* bits, std::int64_t rows);

}  // namespace lakeflow::hl7v2
