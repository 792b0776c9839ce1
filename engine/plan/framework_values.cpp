#include "engine/plan/framework_values.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

Result<std::shared_ptr<arrow::Buffer>> allocate(std::int64_t bytes) {
  LAKEFLOW_ASSIGN(std::unique_ptr<arrow::Buffer> buffer, from_arrow(arrow::AllocateBuffer(bytes)));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

// Arrow's 32-bit text columns hold 2 GB.
Status check_text_size(std::int64_t bytes) {
  if (bytes > std::numeric_limits<std::int32_t>::max()) {
    return std::unexpected(Error::internal("a batch is too large: the names of its files alone fill 2 GB"));
  }
  return {};
}

// Fills the buffer with the text again and again, in copies that double.
void repeat(std::string_view text, std::uint8_t* out, std::size_t size) {
  if (size == 0) {
    return;
  }
  std::memcpy(out, text.data(), text.size());
  for (std::size_t filled = text.size(); filled < size; filled *= 2) {
    std::memcpy(out + filled, out, std::min(filled, size - filled));
  }
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> repeated_text(std::string_view text, std::int64_t rows) {
  const std::int64_t bytes = std::ssize(text) * rows;
  LAKEFLOW_TRY(check_text_size(bytes));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> offsets, allocate((rows + 1) * std::int64_t{sizeof(std::int32_t)}));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> values, allocate(bytes));
  auto* const offset = offsets->mutable_data_as<std::int32_t>();
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int64_t row = 0; row <= rows; ++row) {
    offset[row] = static_cast<std::int32_t>(row) * size;
  }
  repeat(text, values->mutable_data(), static_cast<std::size_t>(bytes));
  return std::make_shared<arrow::StringArray>(rows, offsets, values, nullptr, 0);
}

Result<std::shared_ptr<arrow::Array>> repeated_timestamp(std::int64_t micros, std::int64_t rows) {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> values, allocate(rows * std::int64_t{sizeof(std::int64_t)}));
  std::fill_n(values->mutable_data_as<std::int64_t>(), rows, micros);
  return std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), rows, values, nullptr, 0);
}

Result<std::shared_ptr<arrow::Array>> source_files(std::span<const std::uint32_t> records, const RawRecords& raw) {
  const auto rows = std::ssize(records);
  if (raw.origins.size() == 1) {
    return repeated_text(raw.origins.front(), rows);
  }
  std::int64_t bytes = 0;
  for (const std::uint32_t record : records) {
    bytes += std::ssize(raw.origins[raw.record(record).origin]);
  }
  LAKEFLOW_TRY(check_text_size(bytes));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> offsets, allocate((rows + 1) * std::int64_t{sizeof(std::int32_t)}));
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> values, allocate(bytes));
  auto* offset = offsets->mutable_data_as<std::int32_t>();
  std::uint8_t* const begin = values->mutable_data();
  std::uint8_t* end = begin;
  *offset++ = 0;
  for (const std::uint32_t record : records) {
    const std::string& origin = raw.origins[raw.record(record).origin];
    end = std::ranges::copy(origin, end).out;
    *offset++ = static_cast<std::int32_t>(end - begin);
  }
  return std::make_shared<arrow::StringArray>(rows, offsets, values, nullptr, 0);
}

Result<std::shared_ptr<arrow::Array>> source_positions(std::span<const std::uint32_t> records, const RawRecords& raw) {
  const auto rows = std::ssize(records);
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> values, allocate(rows * std::int64_t{sizeof(std::int64_t)}));
  std::ranges::transform(records, values->mutable_data_as<std::int64_t>(),
                         [&](std::uint32_t record) { return static_cast<std::int64_t>(raw.record(record).position); });
  return std::make_shared<arrow::Int64Array>(rows, values, nullptr, 0);
}

Result<std::shared_ptr<arrow::Array>> deletes(std::span<const std::uint32_t> records, const RawRecords& raw) {
  const auto rows = std::ssize(records);
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> bits, from_arrow(arrow::AllocateEmptyBitmap(rows)));
  for (std::int64_t row = 0; row < rows; ++row) {
    if (raw.record(records[static_cast<std::size_t>(row)]).operation == Operation::kDelete) {
      arrow::bit_util::SetBit(bits->mutable_data(), row);
    }
  }
  return std::make_shared<arrow::BooleanArray>(rows, bits, nullptr, 0);
}

}  // namespace lakeflow
