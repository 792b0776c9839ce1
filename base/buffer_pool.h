#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

namespace lakeflow {

// Memory that columns are built in, and that comes back when the batches are let go: fresh pages from the kernel cost
// more than decoding does. Thread-safe: batches are let go on any thread, after the decoder too.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
  struct Free {
    void operator()(std::uint8_t* memory) const { ::operator delete(memory, std::align_val_t{kAlignment}); }
  };
  using Memory = std::unique_ptr<std::uint8_t[], Free>;

 public:
  static constexpr std::size_t kAlignment = 64;

  // Uninitialized memory: it may hold what an earlier batch held. Goes back to its pool at its end.
  class Block {
   public:
    Block() = default;
    Block(Block&& other) noexcept = default;
    Block& operator=(Block&& other) noexcept;
    ~Block() { give_back(); }

    std::uint8_t* data() const { return memory_.get(); }
    std::size_t capacity() const { return memory_ ? std::size_t{1} << size_class_ : 0; }

   private:
    friend class BufferPool;
    Block(std::shared_ptr<BufferPool> pool, Memory memory, std::size_t size_class);
    void give_back();

    std::shared_ptr<BufferPool> pool_;
    Memory memory_;
    std::size_t size_class_ = 0;
  };

  static std::shared_ptr<BufferPool> make() { return std::make_shared<BufferPool>(); }

  // A block of at least this many bytes. Throws std::bad_alloc as the language does.
  Block take(std::size_t bytes);

  // So many bytes of zero, for arrays of only nulls: all of them share one region, each buffer cut to its own length, so that whoever writes
  // a batch out does not write the region again for every one of them.
  std::shared_ptr<arrow::Buffer> zeros(std::size_t bytes);

 private:
  static constexpr std::size_t kSmallestClass = 8;  // 256 bytes
  // What lies here unused at most, in bytes; beyond it memory goes back to the system.
  static constexpr std::size_t kMostIdle = std::size_t{64} << 20;

  void put_back(Memory memory, std::size_t size_class);

  std::mutex mutex_;
  std::array<std::vector<Memory>, 48> idle_;
  std::size_t idle_bytes_ = 0;
  std::shared_ptr<arrow::Buffer> zero_region_;
  std::unordered_map<std::size_t, std::shared_ptr<arrow::Buffer>> zero_slices_;  // by size: few sizes in one batch, but every batch may bring others
};

// The first `size` bytes of the block as an Arrow buffer. Nothing beyond them can be seen through it.
std::shared_ptr<arrow::Buffer> into_buffer(BufferPool::Block block, std::size_t size);

}  // namespace lakeflow
