#include "libs/hl7v2/token_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

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
    const Delimiters& delimiters = tokens_.delimiters;
    const hn::CappedTag<std::uint8_t, kBlock> bytes;
    constexpr std::size_t kLanes = hn::MaxLanes(bytes);
    const auto all = [&](char c) HWY_ATTR { return hn::Set(bytes, static_cast<std::uint8_t>(c)); };
    // A role without a character looks for another's again.
    const auto role = [&](char c) HWY_ATTR { return all(c == kNoDelimiter ? delimiters.field : c); };
    const auto field = all(delimiters.field);
    const auto component = role(delimiters.component);
    const auto repetition = role(delimiters.repetition);
    const auto subcomponent = role(delimiters.subcomponent);
    const auto escape = role(delimiters.escape);
    const auto terminator = all(terminator_);
    const std::uint64_t escapes_count = delimiters.escape == kNoDelimiter ? 0 : ~std::uint64_t{0};
    auto seen = hn::Zero(bytes);
    auto switches = hn::MaskFromVec(hn::Zero(bytes));
    std::uint8_t tail[kBlock];
    for (; at < size_; at += kBlock) {
      const auto* block = reinterpret_cast<const std::uint8_t*>(text_) + at;
      std::uint64_t inside = ~std::uint64_t{0};
      if (size_ - at < kBlock) [[unlikely]] {
        std::memset(tail, ' ', sizeof tail);
        std::memcpy(tail, block, size_ - at);
        inside = below(static_cast<unsigned>(size_ - at));
        block = tail;
      }
      std::uint64_t delimiter_bits = 0;
      std::uint64_t terminator_bits = 0;
      std::uint64_t escape_bits = 0;
#pragma GCC unroll 4
      for (std::size_t part = 0; part < kBlock; part += kLanes) {
        const auto here = hn::LoadU(bytes, block + part);
        seen = hn::Or(seen, here);
        switches = hn::Or(switches, hn::Eq(here, all(kSwitchByte)));
        const auto ends = hn::Eq(here, terminator);
        const auto mask =
            hn::Or(hn::Or(hn::Or(hn::Eq(here, field), hn::Eq(here, component)), hn::Or(hn::Eq(here, repetition), hn::Eq(here, subcomponent))), ends);
        delimiter_bits |= bits_of(bytes, mask) << part;
        terminator_bits |= bits_of(bytes, ends) << part;
        escape_bits |= bits_of(bytes, hn::Eq(here, escape)) << part;
      }
      put(at, delimiter_bits & inside);
      escape_bits &= escapes_count & inside;
      terminator_bits &= inside;
      if ((terminator_bits | escape_bits) != 0) {
        end_segments(at, delimiter_bits, terminator_bits, escape_bits);
      }
      count_ += static_cast<std::size_t>(std::popcount(delimiter_bits & inside));
    }
    tokens_.is_ascii = tokens_.is_ascii && hn::AllTrue(bytes, hn::Lt(seen, hn::Set(bytes, std::uint8_t{0x80})));
    tokens_.switches_sets = tokens_.switches_sets || !hn::AllFalse(bytes, switches);
    end_text();
  }

 private:
  template <typename Tag, typename Mask>
  static HWY_INLINE std::uint64_t bits_of(Tag tag, Mask mask) {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(tag, mask, reinterpret_cast<std::uint8_t*>(&bits));
    return bits;
  }

  HWY_INLINE void put(std::size_t at, std::uint64_t bits) {
    if (tokens_.ends.size() < count_ + kBlock + kUnrolled) [[unlikely]] {
      make_room();
    }
    const auto found = static_cast<std::size_t>(std::popcount(bits));
    std::uint32_t* const ends = tokens_.ends.data() + count_;
    for (std::size_t i = 0; i < found; i += kUnrolled) {
#pragma GCC unroll 16
      for (std::size_t k = 0; k < kUnrolled; ++k) {
        ends[i + k] = static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(std::countr_zero(bits));
        bits &= bits - 1;
      }
    }
    Mark* const marks = tokens_.marks.data() + count_;
    for (std::size_t i = 0; i < found; ++i) {
      marks[i] = table_[static_cast<std::uint8_t>(text_[ends[i]])];
    }
  }

  void make_room() {
    tokens_.ends.resize(std::max(count_ + kBlock + kUnrolled, tokens_.ends.size() * 2));
    tokens_.marks.resize(tokens_.ends.size());
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
    if (escapes != 0) {
      after_escape_ = at + static_cast<std::size_t>(std::bit_width(escapes));
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
    if (tokens_.ends.size() < count_ + 1) {
      make_room();
    }
    tokens_.ends[count_] = static_cast<std::uint32_t>(end);
    tokens_.marks[count_] = Mark::kSegment;
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
