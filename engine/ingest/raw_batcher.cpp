#include "engine/ingest/raw_batcher.h"

#include <iterator>
#include <memory>
#include <utility>

namespace lakeflow {
namespace {

bool holds_nothing(const RawRecords& raw) { return raw.records.empty() && raw.broken.empty() && raw.filtered.empty() && raw.bytes_read == 0; }

// Parts of at most kBatchRecords records over the same buffer; what is not records goes with the first.
std::vector<RawRecords> split(RawRecords raw) {
  std::vector<RawRecords> parts;
  if (raw.records.size() <= kBatchRecords) {
    parts.push_back(std::move(raw));
    return parts;
  }
  std::vector<RawRecord> records = std::move(raw.records);
  for (std::size_t start = 0; start < records.size(); start += kBatchRecords) {
    const std::size_t count = std::min(kBatchRecords, records.size() - start);
    RawRecords part;
    if (start == 0) {
      part.broken = std::move(raw.broken);
      part.filtered = std::move(raw.filtered);
      part.bytes_read = raw.bytes_read;
    }
    part.buffer = raw.buffer;
    part.origins = raw.origins;
    part.origin_keys = raw.origin_keys;
    part.records.assign(records.begin() + static_cast<std::ptrdiff_t>(start), records.begin() + static_cast<std::ptrdiff_t>(start + count));
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

std::size_t held_bytes(const RawRecords& raw) {
  std::size_t bytes = sizeof(RawRecords);
  for (const RawRecord& record : raw.records) {
    bytes += sizeof(RawRecord) + record.bytes.size();
  }
  for (const BrokenRecord& broken : raw.broken) {
    bytes += sizeof(BrokenRecord) + broken.record.bytes.size();
  }
  return bytes;
}

std::vector<RawRecords> RawBatcher::add(RawRecords raw) {
  std::vector<RawRecords> batches;
  if (holds_nothing(raw)) {
    return batches;
  }
  for (RawRecords& part : split(std::move(raw))) {
    waiting_records_ += part.records.size() + part.broken.size();
    waiting_bytes_ += held_bytes(part);
    waiting_.push_back(std::move(part));
    if (full()) {
      batches.push_back(merge());
    }
  }
  return batches;
}

std::optional<RawRecords> RawBatcher::take() {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  return merge();
}

RawRecords RawBatcher::merge() {
  std::vector<RawRecords> parts = std::exchange(waiting_, {});
  waiting_records_ = 0;
  waiting_bytes_ = 0;
  if (parts.size() == 1) {
    return std::move(parts.front());
  }
  RawRecords merged;
  auto buffers = std::make_shared<std::vector<std::shared_ptr<const void>>>();
  for (RawRecords& part : parts) {
    const auto first_origin = static_cast<std::uint32_t>(merged.origins.size());
    std::move(part.origins.begin(), part.origins.end(), std::back_inserter(merged.origins));
    if (!part.origin_keys.empty()) {
      merged.origin_keys.resize(first_origin);
      std::move(part.origin_keys.begin(), part.origin_keys.end(), std::back_inserter(merged.origin_keys));
    }
    for (RawRecord& record : part.records) {
      record.origin += first_origin;
      merged.records.push_back(record);
    }
    for (BrokenRecord& broken : part.broken) {
      broken.record.origin += first_origin;
      merged.broken.push_back(std::move(broken));
    }
    for (const auto& [reason, count] : part.filtered) {
      merged.filtered[reason] += count;
    }
    merged.bytes_read += part.bytes_read;
    buffers->push_back(std::move(part.buffer));
  }
  if (!merged.origin_keys.empty()) {
    merged.origin_keys.resize(merged.origins.size());
  }
  merged.buffer = std::move(buffers);
  return merged;
}

}  // namespace lakeflow
