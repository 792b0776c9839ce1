#include "libs/packed_files/stream_reader.h"

#include <algorithm>

namespace lakeflow {
namespace {

// Of what lies before a read, for the fingerprint of a place in it.
constexpr std::uint64_t kKeptBefore = FileReader::kWholeFingerprint / 2;
// How much is read at once on the way to a position further on.
constexpr std::size_t kPassedOver = 1U << 20U;

std::size_t copy_overlap(const std::vector<char>& from, std::uint64_t from_start, std::uint64_t position, std::span<char> to) {
  if (position < from_start || position >= from_start + from.size()) {
    return 0;
  }
  const auto offset = static_cast<std::size_t>(position - from_start);
  const std::size_t count = std::min(from.size() - offset, to.size());
  std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(offset), count, to.begin());
  return count;
}

}  // namespace

Result<std::size_t> StreamReader::advance(std::span<char> buffer) {
  if (has_ended_ || buffer.empty()) {
    return 0;
  }
  LAKEFLOW_ASSIGN(const std::size_t count, stream_->read(buffer));
  has_ended_ = count < buffer.size();
  const std::uint64_t at = end();
  if (at < kWholeFingerprint) {
    head_.insert(head_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, kWholeFingerprint - at)));
  }
  kept_.insert(kept_.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

Result<std::size_t> StreamReader::read(std::uint64_t position, std::span<char> buffer) {
  const auto drop_before = [this](std::uint64_t wanted) {
    const std::uint64_t first = std::max(start_, wanted - std::min(wanted, kKeptBefore));
    const auto count = std::min<std::uint64_t>(first - start_, kept_.size());
    // What is kept moves forward in memory: not for every small read.
    if (count < kept_.size() / 2 && count < kPassedOver) {
      return;
    }
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count));
    start_ += count;
  };
  if (position < start_) {
    const bool is_in_head = position + buffer.size() <= head_.size();
    if (is_in_head) {
      return copy_overlap(head_, 0, position, buffer);
    }
    LAKEFLOW_TRY(stream_->restart());
    head_.clear();
    kept_.clear();
    start_ = 0;
    has_ended_ = false;
  }
  std::vector<char> passed_over;
  while (end() < position && !has_ended_) {
    passed_over.resize(static_cast<std::size_t>(std::min<std::uint64_t>(position - end(), kPassedOver)));
    LAKEFLOW_TRY(advance(passed_over));
    drop_before(end());
  }
  const std::size_t known = copy_overlap(kept_, start_, position, buffer);
  if (position > end()) {
    return 0;
  }
  LAKEFLOW_ASSIGN(const std::size_t fresh, advance(buffer.subspan(known)));
  drop_before(position);
  return known + fresh;
}

}  // namespace lakeflow
