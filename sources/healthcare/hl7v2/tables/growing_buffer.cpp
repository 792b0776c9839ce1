#include "sources/healthcare/hl7v2/tables/growing_buffer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include <arrow/buffer.h>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::int64_t kLeastCapacity = 256;
constexpr std::int64_t kMaximumCapacity = std::numeric_limits<std::int32_t>::max();
// What Arrow's own writers may read beyond a buffer's end.
constexpr std::int64_t kArrowPadding = 64;

}  // namespace

bool GrowingBuffer::grow(std::int64_t bytes, std::int64_t used) {
  if (failed_ || bytes > kMaximumCapacity) {
    failed_ = true;
    return false;
  }
  const std::int64_t capacity = std::min(kMaximumCapacity, std::max({bytes, capacity_ * 2, expected_, kLeastCapacity}));
  BufferPool::Block block;
  try {
    block = pool_->take(static_cast<std::size_t>(capacity + kArrowPadding));
  } catch (const std::bad_alloc&) {
    failed_ = true;
    return false;
  }
  if (used > 0) {
    std::memcpy(block.data(), block_.data(), static_cast<std::size_t>(used));
  }
  if (zeroed_) {
    std::memset(block.data() + used, 0, static_cast<std::size_t>(capacity + kArrowPadding - used));
  }
  block_ = std::move(block);
  capacity_ = capacity;
  return true;
}

Result<std::shared_ptr<arrow::Buffer>> GrowingBuffer::take(std::int64_t bytes, std::int64_t used) {
  // An empty buffer has an address too: Arrow wants one where there are no texts.
  ensure(std::max<std::int64_t>(bytes, 1), used);
  if (failed_) {
    return fail();
  }
  if (!zeroed_) {
    std::memset(block_.data() + bytes, 0, kArrowPadding);
  }
  // A smaller batch now and then, as the last one of a file is, is no reason to grow step by step in the next.
  expected_ = std::max(bytes + bytes / 8, expected_ - expected_ / 4);
  capacity_ = 0;
  return into_buffer(std::exchange(block_, {}), static_cast<std::size_t>(bytes));
}

std::unexpected<Error> GrowingBuffer::fail() {
  clear();
  return std::unexpected(Error::internal("no memory for a column of an HL7 table, or more than 2 GB in one batch", "set a smaller batch size"));
}

void GrowingBuffer::clear() {
  block_ = {};
  capacity_ = 0;
  failed_ = false;
}

}  // namespace lakeflow::hl7v2
