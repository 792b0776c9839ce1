#include "libs/hl7v2/line_scan.h"

#include <bit>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "libs/hl7v2/line_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace lakeflow::hl7v2::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Whether a segment may begin with it that neither opens a message nor is part of an envelope.
bool opens_ordinary_segment(std::uint8_t c) { return c >= 'A' && c <= 'Z' && c != 'M' && c != 'F' && c != 'B'; }

std::size_t find_break(const std::uint8_t* text, std::size_t size, std::size_t at, bool& has_carriage_return) {
  const hn::CappedTag<std::uint8_t, 64> bytes;
  constexpr std::size_t kLanes = hn::MaxLanes(bytes);
  const auto all = [&](int c) HWY_ATTR { return hn::Set(bytes, static_cast<std::uint8_t>(c)); };
  for (; at + kLanes + 2 <= size; at += kLanes) {
    const auto here = hn::LoadU(bytes, text + at);
    const auto next = hn::LoadU(bytes, text + at + 1);
    const auto third = hn::LoadU(bytes, text + at + 2);
    const auto control = hn::Eq(hn::Min(here, all(0x1F)), here);
    const auto header = hn::And(hn::Eq(here, all('M')), hn::And(hn::Eq(next, all('S')), hn::Eq(third, all('H'))));
    if (hn::AllFalse(bytes, hn::Or(control, header))) {
      continue;
    }
    const auto letter = hn::Sub(next, all('A'));
    const auto capital = hn::Eq(hn::Min(letter, all('Z' - 'A')), letter);
    const auto opener = hn::Or(hn::Eq(next, all('M')), hn::Or(hn::Eq(next, all('F')), hn::Eq(next, all('B'))));
    const auto passed = hn::And(hn::Eq(here, all('\r')), hn::AndNot(opener, capital));
    std::uint64_t passed_bits = 0;
    std::uint64_t break_bits = 0;
    hn::StoreMaskBits(bytes, passed, reinterpret_cast<std::uint8_t*>(&passed_bits));
    hn::StoreMaskBits(bytes, hn::Or(hn::AndNot(passed, control), header), reinterpret_cast<std::uint8_t*>(&break_bits));
    if (break_bits != 0) {
      has_carriage_return = has_carriage_return || (passed_bits & (break_bits - 1) & ~break_bits) != 0;
      return at + static_cast<std::size_t>(std::countr_zero(break_bits));
    }
    has_carriage_return = has_carriage_return || passed_bits != 0;
  }
  for (; at < size; ++at) {
    if (text[at] == '\r' && at + 1 < size && opens_ordinary_segment(text[at + 1])) {
      has_carriage_return = true;
    } else if (text[at] < 0x20) {
      return at;
    } else if (text[at] == 'M' && (at + 1 == size || (text[at + 1] == 'S' && (at + 2 == size || text[at + 2] == 'H')))) {
      return at;
    }
  }
  return size;
}

}  // namespace lakeflow::hl7v2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow::hl7v2 {

HWY_EXPORT(find_break);

std::size_t find_message_break(std::string_view text, std::size_t at, bool& has_carriage_return) {
  return HWY_DYNAMIC_DISPATCH(find_break)(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), at, has_carriage_return);
}

}  // namespace lakeflow::hl7v2
#endif
