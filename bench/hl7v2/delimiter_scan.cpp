#include "bench/hl7v2/delimiter_scan.h"

#include <algorithm>
#include <array>
#include <bit>

// Highway leaves it out where nobody asks for it: AVX-512 with the instructions that move single bytes together (VBMI2).
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/hl7v2/delimiter_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lakeflow::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kWindowWords = 512;

// One bit for each of 64 bytes.
HWY_INLINE std::uint64_t delimiter_bits(const char* text) {
  const hn::CappedTag<std::uint8_t, 64> bytes;
  constexpr std::size_t kLanes = hn::MaxLanes(bytes);
  std::uint64_t bits = 0;
  for (std::size_t at = 0; at < 64; at += kLanes) {
    const auto block = hn::LoadU(bytes, reinterpret_cast<const std::uint8_t*>(text) + at);
    const auto is = [&](char c) HWY_ATTR { return hn::Eq(block, hn::Set(bytes, static_cast<std::uint8_t>(c))); };
    const auto mask = hn::Or(hn::Or(hn::Or(is('|'), is('^')), hn::Or(is('~'), is('\\'))), hn::Or(is('&'), is('\r')));
    std::uint64_t part = 0;
    hn::StoreMaskBits(bytes, mask, reinterpret_cast<std::uint8_t*>(&part));
    bits |= part << at;
  }
  return bits;
}

std::uint64_t scan(const char* text, std::size_t words) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < words; ++i) {
    found += static_cast<std::uint64_t>(std::popcount(delimiter_bits(text + i * 64)));
  }
  return found;
}

// Writes the positions of the bits behind one another; up to 64 words more may be written. Returns where the next ones go.
HWY_INLINE std::uint32_t* put_positions(std::uint64_t bits, std::uint32_t at, std::uint32_t* out) {
  std::uint32_t* const end = out + std::popcount(bits);
#if HWY_TARGET <= HWY_AVX3_DL
  alignas(64) static constexpr std::array<std::uint8_t, 64> kNumbers = [] {
    std::array<std::uint8_t, 64> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::uint8_t>(i);
    return numbers;
  }();
  const __m512i offsets = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(kNumbers.data()));
  const __m512i from = _mm512_set1_epi32(static_cast<int>(at));
  _mm512_storeu_si512(out, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(offsets))));
  if (end - out > 16) {
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 1))));
    _mm512_storeu_si512(out + 32, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 2))));
    _mm512_storeu_si512(out + 48, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(offsets, 3))));
  }
#else
  constexpr std::size_t kUnrolled = 16;
  while (out < end) {  // many at a time, the last ones beyond the end: no branch for each
#pragma GCC unroll 16
    for (std::size_t k = 0; k < kUnrolled; ++k) {
      out[k] = at + static_cast<std::uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
    out += kUnrolled;
  }
#endif
  return end;
}

std::uint64_t locate(const char* text, std::size_t words, std::uint32_t* positions) {
  std::uint64_t found = 0;
  for (std::size_t i = 0; i < words;) {
    std::uint32_t* out = positions;
    for (const std::size_t stop = std::min(words, i + kWindowWords); i < stop; ++i) {
      out = put_positions(delimiter_bits(text + i * 64), static_cast<std::uint32_t>(i * 64), out);
    }
    found += static_cast<std::uint64_t>(out - positions);
  }
  return found;
}

const char* instructions() { return hwy::TargetName(HWY_TARGET); }

}  // namespace lakeflow::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow::bench {

HWY_EXPORT(scan);
HWY_EXPORT(locate);
HWY_EXPORT(instructions);

std::uint64_t scan_delimiters(std::string_view text) { return HWY_DYNAMIC_DISPATCH(scan)(text.data(), text.size() / 64); }

std::uint64_t locate_delimiters(std::string_view text, std::vector<std::uint32_t>& positions) {
  positions.resize(std::size_t{40} << 10U);  // a window of nothing but delimiters, and what is written beyond it
  return HWY_DYNAMIC_DISPATCH(locate)(text.data(), text.size() / 64, positions.data());
}

const char* scan_instructions() { return HWY_DYNAMIC_DISPATCH(instructions)(); }

}  // namespace lakeflow::bench
#endif
