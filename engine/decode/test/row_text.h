#pragma once

#include <string>

#include <arrow/type_fwd.h>

namespace lakeflow {

// A row of a batch as one line of JSON, every column with its name. Bytes in hexadecimal, decimals with all digits of their
// scale, dates and instants as ISO texts.
std::string row_text(const arrow::RecordBatch& batch, std::int64_t row);

// How a double stands in such a line.
std::string double_text(double value);
// A decimal without its point, as text, with it.
std::string decimal_text(std::string unscaled, std::int32_t scale);
// Days since 1970-01-01, as YYYY-MM-DD.
std::string date_text(std::int32_t days);

}  // namespace lakeflow
