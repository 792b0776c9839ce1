#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace lakeflow {

// YYYY-MM-DD, a day of the proleptic Gregorian calendar; days since 1970-01-01.
std::optional<std::int32_t> parse_date(std::string_view text);

// The same as parse_utc (base/clock.h), quick for what stands in most records.
std::optional<TimestampMicros> parse_timestamp(std::string_view text);

// Base64 with padding (RFC 4648 §4), white space between its characters allowed. Writes at most size / 4 × 3 bytes to `out`;
// returns how many, or nothing where the text is something else or has bits set that no byte takes.
std::optional<std::size_t> decode_base64(std::string_view text, std::uint8_t* out);

}  // namespace lakeflow
