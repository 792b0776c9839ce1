#include "libs/hl7v2/token_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

// Highway leaves it out where nobody asks for it: AVX-512 with the instructions that move single bytes together (VBMI2).
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "libs/hl7v2/token_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lakeflow::hl7v2::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kBlock = 64;
// So many positions are written at a time, the last ones beyond what is there: no branch for each.
constexpr std::size_t kUnrolled = 16;
constexpr char kSwitchByte = '\x1b';

std::uint64_t below(unsigned bit) { return (std::uint64_t{1} << bit) - 1; }

// Where a scan writes what it finds.
struct Room {
  std::uint32_t* ends;
  std::uint8_t* shapes;
};

// What a block of 64 bytes holds, a bit a byte.
struct Found {
  std::uint64_t delimiters = 0;  // terminators are among them
  std::uint64_t terminators = 0;
  std::uint64_t escapes = 0;
};

#if HWY_TARGET <= HWY_AVX3_DL

// Looks a byte's mark up in a register, and moves together what is one.
class BlockScan {
 public:
  HWY_INLINE BlockScan(const Delimiters& delimiters, char terminator, const MarkTable& table)
      : terminator_(_mm512_set1_epi8(terminator)), escape_(_mm512_set1_epi8(delimiters.escape)), has_escape_(delimiters.escape != kNoDelimiter) {
    alignas(kBlock) std::uint8_t marks[2 * kBlock];
    alignas(kBlock) std::uint8_t numbers[kBlock];
    for (std::size_t i = 0; i < sizeof marks; ++i) {
      marks[i] = table[i] == Mark::kEscape ? std::uint8_t{0} : static_cast<std::uint8_t>(table[i]);
    }
    for (std::size_t i = 0; i < sizeof numbers; ++i) {
      numbers[i] = static_cast<std::uint8_t>(i);
    }
    low_marks_ = _mm512_load_si512(marks);
    high_marks_ = _mm512_load_si512(marks + kBlock);
    numbers_ = _mm512_load_si512(numbers);
  }

  // The first `left` bytes, at most 64, of which the first is byte `at` of the text. kBlock + kUnrolled values have room.
  HWY_INLINE Found scan(const std::uint8_t* block, std::size_t left, std::uint32_t at, const Room& room) {
    const __mmask64 inside = left >= kBlock ? ~__mmask64{0} : below(static_cast<unsigned>(left));
    const __m512i here = _mm512_maskz_loadu_epi8(inside, block);
    seen_ = _mm512_or_si512(seen_, here);
    switches_ |= _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(kSwitchByte));
    // Seven bits choose; no delimiter has the eighth.
    const __m512i mark = _mm512_permutex2var_epi8(low_marks_, here, high_marks_);
    Found found;
    found.delimiters = _mm512_test_epi8_mask(mark, mark) & ~_mm512_movepi8_mask(here);
    found.terminators = _mm512_mask_cmpeq_epi8_mask(inside, here, terminator_);
    found.escapes = has_escape_ ? _mm512_cmpeq_epi8_mask(here, escape_) : 0;
    const __mmask64 filled = found.delimiters & ~(found.delimiters << 1U | ended_before_);
    ended_before_ = found.delimiters >> 63U;
    const __m512i shape = _mm512_or_si512(mark, _mm512_maskz_set1_epi8(filled, kHasBytes));
    _mm512_storeu_si512(room.shapes, _mm512_maskz_compress_epi8(found.delimiters, shape));
    const __m512i offsets = _mm512_maskz_compress_epi8(found.delimiters, numbers_);
    const __m512i from = _mm512_set1_epi32(static_cast<int>(at));
    const auto put = [&](std::size_t i, __m128i sixteen)
                         HWY_ATTR { _mm512_storeu_si512(room.ends + i * kUnrolled, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(sixteen))); };
    put(0, _mm512_castsi512_si128(offsets));
    if (std::popcount(found.delimiters) > 16) {
      put(1, _mm512_extracti32x4_epi32(offsets, 1));
      if (std::popcount(found.delimiters) > 32) [[unlikely]] {
        put(2, _mm512_extracti32x4_epi32(offsets, 2));
        put(3, _mm512_extracti32x4_epi32(offsets, 3));
      }
    }
    return found;
  }

  HWY_INLINE bool saw_only_ascii() const { return _mm512_movepi8_mask(seen_) == 0; }
  HWY_INLINE bool saw_switch() const { return switches_ != 0; }

 private:
  __m512i low_marks_;
  __m512i high_marks_;
  __m512i numbers_;
  __m512i terminator_;
  __m512i escape_;
  bool has_escape_;
  __m512i seen_ = _mm512_setzero_si512();
  __mmask64 switches_ = 0;
  std::uint64_t ended_before_ = 0;  // 1 where the block before ended in a delimiter
};

#else

// Compares with each delimiter, and counts the positions out of the bits.
class BlockScan {
  using Bytes = hn::CappedTag<std::uint8_t, kBlock>;
  using Vector = hn::Vec<Bytes>;

 public:
  HWY_INLINE BlockScan(const Delimiters& delimiters, char terminator, const MarkTable& table)
      : table_(table), has_escape_(delimiters.escape == kNoDelimiter ? 0 : ~std::uint64_t{0}) {
    // A role without a character looks for another's again.
    const auto role = [&](char c) HWY_ATTR { return all(c == kNoDelimiter ? delimiters.field : c); };
    field_ = all(delimiters.field);
    component_ = role(delimiters.component);
    repetition_ = role(delimiters.repetition);
    subcomponent_ = role(delimiters.subcomponent);
    escape_ = role(delimiters.escape);
    terminator_ = all(terminator);
    seen_ = switches_ = hn::Zero(Bytes());
  }

  HWY_INLINE Found scan(const std::uint8_t* block, std::size_t left, std::uint32_t at, const Room& room) {
    std::uint64_t inside = ~std::uint64_t{0};
    std::uint8_t tail[kBlock];
    if (left < kBlock) [[unlikely]] {
      std::memset(tail, ' ', sizeof tail);
      std::memcpy(tail, block, left);
      inside = below(static_cast<unsigned>(left));
      block = tail;
    }
    constexpr std::size_t kLanes = hn::MaxLanes(Bytes());
    Found found;
#pragma GCC unroll 4
    for (std::size_t part = 0; part < kBlock; part += kLanes) {
      const auto here = hn::LoadU(Bytes(), block + part);
      seen_ = hn::Or(seen_, here);
      switches_ = hn::Or(switches_, hn::VecFromMask(Bytes(), hn::Eq(here, all(kSwitchByte))));
      const auto is_end = hn::Eq(here, terminator_);
      const auto is_mark = hn::Or(
          hn::Or(hn::Or(hn::Eq(here, field_), hn::Eq(here, component_)), hn::Or(hn::Eq(here, repetition_), hn::Eq(here, subcomponent_))), is_end);
      found.delimiters |= bits_of(is_mark) << part;
      found.terminators |= bits_of(is_end) << part;
      found.escapes |= bits_of(hn::Eq(here, escape_)) << part;
    }
    found.delimiters &= inside;
    found.terminators &= inside;
    found.escapes &= inside & has_escape_;
    const std::uint64_t filled = found.delimiters & ~(found.delimiters << 1U | ended_before_);
    ended_before_ = found.delimiters >> 63U;
    std::uint64_t bits = found.delimiters;
    const auto count = static_cast<std::size_t>(std::popcount(bits));
    for (std::size_t i = 0; i < count; i += kUnrolled) {
#pragma GCC unroll 16
      for (std::size_t k = 0; k < kUnrolled; ++k) {
        room.ends[i + k] = at + static_cast<std::uint32_t>(std::countr_zero(bits));
        bits &= bits - 1;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t bit = room.ends[i] - at;
      room.shapes[i] = static_cast<std::uint8_t>(static_cast<unsigned>(table_[block[bit]]) | ((filled >> bit & 1U) != 0 ? kHasBytes : 0U));
    }
    return found;
  }

  HWY_INLINE bool saw_only_ascii() const { return hn::AllTrue(Bytes(), hn::Lt(seen_, all('\x80'))); }
  HWY_INLINE bool saw_switch() const { return !hn::AllFalse(Bytes(), hn::Ne(switches_, hn::Zero(Bytes()))); }

 private:
  static HWY_INLINE Vector all(char c) { return hn::Set(Bytes(), static_cast<std::uint8_t>(c)); }
  static HWY_INLINE std::uint64_t bits_of(hn::Mask<Bytes> mask) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(Bytes(), mask, reinterpret_cast<std::uint8_t*>(&bits));
    return bits;
  }

  const MarkTable& table_;
  std::uint64_t has_escape_;
  Vector field_, component_, repetition_, subcomponent_, escape_, terminator_;
  Vector seen_, switches_;
  std::uint64_t ended_before_ = 0;  // 1 where the block before ended in a delimiter
};

#endif

class Scan {
 public:
  Scan(const MarkTable& table, char terminator, std::size_t count, SegmentTokens segment, MessageTokens& tokens)
      : table_(table),
        terminator_(terminator),
        count_(count),
        segment_(segment),
        tokens_(tokens),
        text_(tokens.text.data()),
        size_(tokens.text.size()) {}

  HWY_INLINE void run(std::size_t at) {
    BlockScan blocks(tokens_.delimiters, terminator_, table_);
    for (; at < size_; at += kBlock) {
      if (tokens_.ends.size() < count_ + kBlock + kUnrolled) [[unlikely]] {
        make_room();
      }
      const Room room{tokens_.ends.data() + count_, tokens_.shapes.data() + count_};
      const Found found = blocks.scan(reinterpret_cast<const std::uint8_t*>(text_) + at, size_ - at, static_cast<std::uint32_t>(at), room);
      if ((found.terminators | found.escapes) != 0) {
        end_segments(at, found.delimiters, found.terminators, found.escapes);
      }
      count_ += static_cast<std::size_t>(std::popcount(found.delimiters));
    }
    tokens_.is_ascii = tokens_.is_ascii && blocks.saw_only_ascii();
    tokens_.switches_sets = tokens_.switches_sets || blocks.saw_switch();
    end_text();
  }

 private:
  void make_room() {
    tokens_.ends.resize(std::max(count_ + kBlock + kUnrolled, tokens_.ends.size() * 2));
    tokens_.shapes.resize(tokens_.ends.size());
  }

  // The segments that end in the block at `at`.
  void end_segments(std::size_t at, std::uint64_t delimiters, std::uint64_t terminators, std::uint64_t escapes) {
    for (; terminators != 0; terminators &= terminators - 1) {
      const auto bit = static_cast<unsigned>(std::countr_zero(terminators));
      note_escapes(at, escapes & below(bit));
      end_segment(at + bit, count_ + static_cast<std::size_t>(std::popcount(delimiters & below(bit))));
      std::size_t begin = at + bit + 1;
      while (begin < size_ && text_[begin] == '\n') {
        ++begin;
      }
      segment_.begin = static_cast<std::uint32_t>(behind_blanks(begin));
    }
    note_escapes(at, escapes);
  }

  void note_escapes(std::size_t at, std::uint64_t escapes) {
    for (; escapes != 0; escapes &= escapes - 1) {
      after_escape_ = at + static_cast<std::size_t>(std::countr_zero(escapes)) + 1;
      const char kind = after_escape_ < size_ ? text_[after_escape_] : '\0';
      tokens_.escapes_bytes = tokens_.escapes_bytes || kind == 'X';
      tokens_.switches_sets = tokens_.switches_sets || kind == 'C' || kind == 'M';
    }
  }

  // Where a segment begins whose name blanks stand before; `begin` where there is none.
  std::size_t behind_blanks(std::size_t begin) const {
    std::size_t name = begin;
    while (name < size_ && (text_[name] == ' ' || text_[name] == '\t')) {
      ++name;
    }
    const bool is_indented = name > begin && name + 3 < size_ && text_[name + 3] == tokens_.delimiters.field;
    return is_indented && is_segment_name(tokens_.text.substr(name, 3)) ? name : begin;
  }

  // Three characters, and behind them a field or nothing (HL7 v2.8.2 §2.5.2); anything else is nobody's name.
  SegmentName name_of_segment(std::size_t end) const {
    constexpr std::size_t kNameBytes = 3;
    const std::size_t behind = segment_.begin + kNameBytes;
    const bool is_name = end == behind || (end > behind && text_[behind] == tokens_.delimiters.field);
    return is_name ? segment_name(tokens_.text.substr(segment_.begin, kNameBytes)) : kNoSegmentName;
  }

  // The value `last` ends the current segment at byte `end`.
  void end_segment(std::size_t end, std::size_t last) {
    if (end > segment_.begin) {
      segment_.name = name_of_segment(end);
      segment_.end_value = static_cast<std::uint32_t>(last + 1);
      segment_.has_escape = after_escape_ > segment_.begin;
      tokens_.segments.push_back(segment_);
    }
    segment_.first_value = static_cast<std::uint32_t>(last + 1);
  }

  // What no terminator ends.
  void end_text() {
    if (segment_.begin >= size_) {
      return;
    }
    std::size_t end = size_;
    while (end > segment_.begin && text_[end - 1] == '\n') {
      --end;
    }
    if (tokens_.ends.size() < count_ + kBlock + kUnrolled) {
      make_room();
    }
    const std::size_t begin = count_ > segment_.first_value ? tokens_.ends[count_ - 1] + 1 : segment_.begin;
    tokens_.ends[count_] = static_cast<std::uint32_t>(end);
    tokens_.shapes[count_] = static_cast<std::uint8_t>(static_cast<unsigned>(Mark::kSegment) | (end > begin ? kHasBytes : 0U));
    end_segment(end, count_);
  }

  const MarkTable& table_;
  const char terminator_;
  std::size_t count_;
  SegmentTokens segment_;
  MessageTokens& tokens_;
  const char* const text_;
  const std::size_t size_;
  std::size_t after_escape_ = 0;  // the byte behind the last escape character
};

void scan(std::size_t at, const MarkTable& table, char terminator, std::size_t count, const SegmentTokens& segment, MessageTokens& tokens) {
  Scan(table, terminator, count, segment, tokens).run(at);
}

}  // namespace lakeflow::hl7v2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow::hl7v2 {

HWY_EXPORT(scan);

void scan_tokens(std::size_t at, const MarkTable& table, char terminator, std::size_t count, SegmentTokens segment, MessageTokens& tokens) {
  HWY_DYNAMIC_DISPATCH(scan)(at, table, terminator, count, segment, tokens);
}

}  // namespace lakeflow::hl7v2
#endif
