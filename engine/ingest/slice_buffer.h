#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer_pool.h"
#include "base/error.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// Rows that a destination gets at once: a MERGE costs about as much for ten rows as for ten thousand …
inline constexpr std::uint64_t kSliceRows = 100'000;
// … but memory is bounded: Arrow bytes of all tables of a pass together.
inline constexpr std::size_t kSliceBytes = 64U << 20U;

// Collects the slices of a pass's tables until they are worth applying.
class SliceBuffer {
 public:
  explicit SliceBuffer(std::size_t tables) : waiting_(tables) {}

  void add(std::size_t table, ChangeSlice slice);
  // The table whose slices should be applied now, or nothing.
  std::optional<std::size_t> full() const;
  bool holds(std::size_t table) const { return !waiting_[table].slices.empty(); }
  // All slices of the table as one.
  Result<ChangeSlice> take(std::size_t table);

 private:
  struct Waiting {
    std::vector<ChangeSlice> slices;
    std::uint64_t rows = 0;
    std::size_t bytes = 0;
  };
  std::shared_ptr<BufferPool> pool_ = BufferPool::make();
  std::vector<Waiting> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace lakeflow
