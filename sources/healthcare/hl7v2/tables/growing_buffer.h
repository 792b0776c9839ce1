#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include <arrow/type_fwd.h>

#include "base/buffer_pool.h"
#include "base/error.h"

namespace lakeflow::hl7v2 {

// Memory of a column that grows, from a pool: zero where nothing was written yet, whatever an earlier batch had there.
class GrowingBuffer {
 public:
  // `zeroed`: all of the room is zero; else its writer writes each byte, one after the other.
  GrowingBuffer(BufferPool& pool, bool zeroed) : pool_(&pool), zeroed_(zeroed) {}

  // Makes room for so many bytes, of which the first `used` hold; false where memory ends, or Arrow's offsets do (2 GB).
  bool ensure(std::int64_t bytes, std::int64_t used) { return bytes <= capacity_ || grow(bytes, used); }
  std::int64_t capacity() const { return capacity_; }

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(block_.data());
  }

  // The first bytes, as Arrow holds them; the buffer is empty afterwards. A failure of ensure() is this call's.
  Result<std::shared_ptr<arrow::Buffer>> take(std::int64_t bytes, std::int64_t used);
  // What take() gives where there is no memory. The buffer is empty afterwards.
  std::unexpected<Error> fail();
  // Forgets what was written, and what failed.
  void clear();
  // Whether nothing was asked of it.
  bool untouched() const { return capacity_ == 0 && !failed_; }

 private:
  bool grow(std::int64_t bytes, std::int64_t used);

  BufferPool* pool_;
  BufferPool::Block block_;
  std::int64_t capacity_ = 0;
  std::int64_t expected_ = 0;  // what the last batch needed: the next one most likely does too
  bool zeroed_;
  bool failed_ = false;
};

}  // namespace lakeflow::hl7v2
