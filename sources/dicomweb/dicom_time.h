#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace lakeflow {

// Dates and times of DICOM (PS3.5 table 6.2-1). Nothing where the text is none.

// DA, "20240102": days since 1970-01-01.
std::optional<std::int32_t> parse_dicom_date(std::string_view text);

// TM, "1011", "101112.123456": microseconds since midnight. What is left out is zero; a leap second is the first of the next minute.
std::optional<std::int64_t> parse_dicom_time(std::string_view text);

// Timezone Offset From UTC, "+0100": microseconds to the east.
std::optional<std::int64_t> parse_dicom_offset(std::string_view text);

}  // namespace lakeflow
