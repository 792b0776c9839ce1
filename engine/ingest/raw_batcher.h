#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sources/interface/raw_records.h"

namespace lakeflow {

// Records of a batch for decoding: fewer feed the next stages with crumbs, more cost memory.
inline constexpr std::size_t kBatchRecords = 16 * 1024;
inline constexpr std::size_t kBatchBytes = 4U << 20U;

// The bytes of the records that `raw` holds, and some for the places they are held in.
std::size_t held_bytes(const RawRecords& raw);

// Brings what a reader gives (a record at a time, or a hundred thousand) to batches of a sensible size. Bytes are never
// copied: a merged batch keeps the buffers of all its parts alive.
class RawBatcher {
 public:
  // Takes records in, and gives the batches that are full.
  std::vector<RawRecords> add(RawRecords raw);
  // What is left, or nothing.
  std::optional<RawRecords> take();

 private:
  bool full() const { return waiting_records_ >= kBatchRecords || waiting_bytes_ >= kBatchBytes; }
  RawRecords merge();

  std::vector<RawRecords> waiting_;
  std::size_t waiting_records_ = 0;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace lakeflow
