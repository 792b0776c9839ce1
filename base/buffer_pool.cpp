#include "base/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <arrow/buffer.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMostSlices = 4096;

class PooledBuffer final : public arrow::Buffer {
 public:
  PooledBuffer(BufferPool::Block block, std::size_t size) : arrow::Buffer(block.data(), static_cast<std::int64_t>(size)), block_(std::move(block)) {}

 private:
  BufferPool::Block block_;
};

// Memory that is its buffer's own: the pool keeps the region of zeros, and must not be kept by it.
template <typename Memory>
class OwnedBuffer final : public arrow::Buffer {
 public:
  OwnedBuffer(Memory memory, std::size_t size) : arrow::Buffer(memory.get(), static_cast<std::int64_t>(size)), memory_(std::move(memory)) {}

 private:
  Memory memory_;
};

}  // namespace

BufferPool::Block::Block(std::shared_ptr<BufferPool> pool, Memory memory, std::size_t size_class)
    : pool_(std::move(pool)), memory_(std::move(memory)), size_class_(size_class) {}

BufferPool::Block& BufferPool::Block::operator=(Block&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::move(other.pool_);
    memory_ = std::move(other.memory_);
    size_class_ = other.size_class_;
  }
  return *this;
}

void BufferPool::Block::give_back() {
  if (memory_) {
    pool_->put_back(std::move(memory_), size_class_);
    pool_.reset();
  }
}

BufferPool::Block BufferPool::take(std::size_t bytes) {
  const std::size_t size_class = std::max(kSmallestClass, static_cast<std::size_t>(std::bit_width(std::max<std::size_t>(bytes, 1) - 1)));
  {
    const std::lock_guard lock(mutex_);
    auto& idle = idle_.at(size_class);
    if (!idle.empty()) {
      Memory memory = std::move(idle.back());
      idle.pop_back();
      idle_bytes_ -= std::size_t{1} << size_class;
      return {shared_from_this(), std::move(memory), size_class};
    }
  }
  const std::size_t capacity = std::size_t{1} << size_class;
  return {shared_from_this(), Memory(static_cast<std::uint8_t*>(::operator new(capacity, std::align_val_t{kAlignment}))), size_class};
}

void BufferPool::put_back(Memory memory, std::size_t size_class) {
  const std::size_t capacity = std::size_t{1} << size_class;
  const std::lock_guard lock(mutex_);
  if (idle_bytes_ + capacity <= kMostIdle) {
    idle_bytes_ += capacity;
    idle_[size_class].push_back(std::move(memory));
  }
}

std::shared_ptr<arrow::Buffer> BufferPool::zeros(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (zero_region_ == nullptr || static_cast<std::size_t>(zero_region_->size()) < bytes) {
    const std::size_t size = std::bit_ceil(std::max<std::size_t>(bytes, 4096));
    Memory memory(static_cast<std::uint8_t*>(::operator new(size, std::align_val_t{kAlignment})));
    std::memset(memory.get(), 0, size);
    zero_region_ = std::make_shared<OwnedBuffer<Memory>>(std::move(memory), size);
    zero_slices_.clear();
  }
  if (zero_slices_.size() > kMostSlices) {
    zero_slices_.clear();
  }
  auto& slice = zero_slices_[bytes];
  if (slice == nullptr) {
    slice = arrow::SliceBuffer(zero_region_, 0, static_cast<std::int64_t>(bytes));
  }
  return slice;
}

std::shared_ptr<arrow::Buffer> into_buffer(BufferPool::Block block, std::size_t size) {
  return std::make_shared<PooledBuffer>(std::move(block), size);
}

}  // namespace lakeflow
