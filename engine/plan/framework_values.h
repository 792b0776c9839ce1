#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "sources/interface/raw_records.h"

namespace arrow {
class Array;
}

namespace lakeflow {

// The values of the framework's columns (framework_columns.h) for a batch, written in bulk.
Result<std::shared_ptr<arrow::Array>> repeated_text(std::string_view text, std::int64_t rows);
Result<std::shared_ptr<arrow::Array>> repeated_timestamp(std::int64_t micros, std::int64_t rows);  // timestamp[us, UTC]

// `records`: for each row the index of its raw record, which the caller checked.
Result<std::shared_ptr<arrow::Array>> source_files(std::span<const std::uint32_t> records, const RawRecords& raw);
Result<std::shared_ptr<arrow::Array>> source_positions(std::span<const std::uint32_t> records, const RawRecords& raw);
Result<std::shared_ptr<arrow::Array>> deletes(std::span<const std::uint32_t> records, const RawRecords& raw);  // boolean

}  // namespace lakeflow
