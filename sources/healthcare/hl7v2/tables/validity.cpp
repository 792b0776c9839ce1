#include "sources/healthcare/hl7v2/tables/validity.h"

#include <algorithm>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sources/healthcare/hl7v2/tables/validity.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lakeflow::hl7v2::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Whether each row has a value: then all that is left is to take one off.
bool take_one_off(std::uint32_t* ends, std::int64_t rows) {
  const hn::ScalableTag<std::uint32_t> words;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(words));
  const auto zero = hn::Zero(words);
  std::int64_t i = 0;
  for (; i + lanes <= rows; i += lanes) {
    if (!hn::AllFalse(words, hn::Eq(hn::LoadU(words, ends + i), zero))) {
      return false;
    }
  }
  for (; i < rows; ++i) {
    if (ends[i] == 0) {
      return false;
    }
  }
  const auto one = hn::Set(words, 1);
  for (i = 0; i + lanes <= rows; i += lanes) {
    hn::StoreU(hn::Sub(hn::LoadU(words, ends + i), one), words, ends + i);
  }
  for (; i < rows; ++i) {
    --ends[i];
  }
  return true;
}

// The greatest so far of each row, less one; four rows at a time.
std::int64_t fill_gaps(std::uint32_t* ends, std::int64_t rows, std::uint8_t* bits) {
  std::int64_t nulls = 0;
  std::memset(bits, 0, static_cast<std::size_t>((rows + 63) / 64 * 8));
  std::int64_t i = 0;
  std::uint32_t last = 1;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<std::uint32_t, 4> words;
  const auto one = hn::Set(words, 1);
  const auto zero = hn::Zero(words);
  auto greatest = one;
  for (; i + 4 <= rows; i += 4) {
    auto here = hn::LoadU(words, ends + i);
    std::uint8_t absent[8] = {};  // as long as Highway may write
    hn::StoreMaskBits(words, hn::Eq(here, zero), absent);
    here = hn::Max(here, hn::ShiftLeftLanes<1>(words, here));
    here = hn::Max(hn::Max(here, hn::ShiftLeftLanes<2>(words, here)), greatest);
    greatest = hn::Broadcast<3>(here);
    hn::StoreU(hn::Sub(here, one), words, ends + i);
    bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (~absent[0] & 0xFU) << (i % 8));
    nulls += std::popcount(absent[0]);
  }
  last = hn::GetLane(greatest);
#endif
  for (; i < rows; ++i) {
    if (ends[i] == 0) {
      ++nulls;
    } else {
      last = ends[i];
      bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1U << (i % 8));
    }
    ends[i] = last - 1;
  }
  return nulls;
}

std::int64_t to_offsets(std::uint32_t* ends, std::int64_t rows, std::uint8_t* bits) {
  return take_one_off(ends, rows) ? 0 : fill_gaps(ends, rows, bits);
}

}  // namespace lakeflow::hl7v2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow::hl7v2 {

HWY_EXPORT(to_offsets);

std::int64_t offsets_from_ends(std::uint32_t* ends, std::int64_t rows, std::uint8_t* bits) {
  ends[0] = 0;
  return HWY_DYNAMIC_DISPATCH(to_offsets)(ends + 1, rows, bits);
}

std::int64_t validity_from_bytes(const std::uint8_t* bytes, std::int64_t rows, std::uint8_t* bits) {
  // A multiplication that brings the lowest bits of eight bytes together in the highest byte.
  constexpr std::uint64_t kGather = 0x0102040810204080U;
  for (std::int64_t i = 0; i < rows; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + i, static_cast<std::size_t>(std::min<std::int64_t>(8, rows - i)));
    bits[i / 8] = static_cast<std::uint8_t>(eight * kGather >> 56U);
  }
  return rows - count_validity(bits, rows);
}

void unite_validity(const std::uint8_t* others, std::int64_t rows, std::uint8_t* bits) {
  const auto bytes = static_cast<std::size_t>((rows + 7) / 8);
  std::size_t i = 0;
  for (std::uint64_t word = 0; i + sizeof word <= bytes; i += sizeof word) {
    std::uint64_t other = 0;
    std::memcpy(&word, bits + i, sizeof word);
    std::memcpy(&other, others + i, sizeof other);
    word |= other;
    std::memcpy(bits + i, &word, sizeof word);
  }
  for (; i < bytes; ++i) {
    bits[i] = static_cast<std::uint8_t>(bits[i] | others[i]);
  }
}

std::int64_t count_validity(const std::uint8_t* bits, std::int64_t rows) {
  const auto bytes = static_cast<std::size_t>((rows + 7) / 8);
  std::int64_t count = 0;
  std::size_t i = 0;
  for (std::uint64_t word = 0; i + sizeof word <= bytes; i += sizeof word) {
    std::memcpy(&word, bits + i, sizeof word);
    count += std::popcount(word);
  }
  for (; i < bytes; ++i) {
    count += std::popcount(bits[i]);
  }
  return count;
}

}  // namespace lakeflow::hl7v2
#endif
