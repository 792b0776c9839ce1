#include "sources/healthcare/hl7v2/tables/segment_plan.h"

#include <algorithm>
#include <array>

namespace lakeflow::hl7v2 {

// Where a value stands, all from 0: field and repetition in one number, component and subcomponent in another, so that going on
// is a mask and an addition whatever the delimiter. A message has fewer than 2^32 bytes: nothing overflows.
struct SegmentPlan::Place {
  std::uint64_t upper = 0;
  std::uint64_t lower = 0;

  static constexpr std::uint64_t kHigh = 0xFFFFFFFF00000000U;
  static constexpr std::uint64_t kAll = 0xFFFFFFFFFFFFFFFFU;
  static constexpr std::uint64_t kNext = std::uint64_t{1} << 32U;
  struct Step {
    std::uint64_t keep_upper;
    std::uint64_t add_upper;
    std::uint64_t keep_lower;
    std::uint64_t add_lower;
  };
  // By Mark.
  static constexpr std::array<Step, 8> kSteps = {{{kAll, 0, kAll, 0},
                                                  {kAll, 0, kAll, 1},
                                                  {kAll, 0, kHigh, kNext},
                                                  {kAll, 1, 0, 0},
                                                  {kHigh, kNext, 0, 0},
                                                  {kHigh, kNext, 0, 0},
                                                  {kAll, 0, kAll, 0},
                                                  {kAll, 0, kAll, 0}}};

  std::uint32_t field() const { return static_cast<std::uint32_t>(upper >> 32U); }
  std::uint32_t repetition() const { return static_cast<std::uint32_t>(upper); }
  std::uint32_t component() const { return static_cast<std::uint32_t>(lower >> 32U); }
  std::uint32_t subcomponent() const { return static_cast<std::uint32_t>(lower); }

  void pass(Mark mark) {
    const Step& step = kSteps[static_cast<std::size_t>(mark)];
    upper = (upper & step.keep_upper) + step.add_upper;
    lower = (lower & step.keep_lower) + step.add_lower;
  }
};

void SegmentPlan::add_field(ListColumn* list) {
  fields_.push_back({.first_component = static_cast<std::uint32_t>(components_.size()), .list = list});
}

void SegmentPlan::set_whole(WholeField& whole, bool only) {
  const auto number = static_cast<std::uint32_t>(fields_.size() - 1);
  fields_.back().whole = &whole;
  fields_.back().whole_only = only;
  if (first_whole_ == kNone) {
    first_whole_ = number;
  }
  for (std::size_t i = number; i-- > 0 && fields_[i].next_whole == kNone;) {
    fields_[i].next_whole = number;
  }
}

void SegmentPlan::add_component() {
  components_.push_back({.first_leaf = static_cast<std::uint32_t>(leaves_.size())});
  ++fields_.back().component_count;
}

void SegmentPlan::add_leaf(const Leaf& leaf, bool is_time) {
  leaves_.push_back(leaf);
  short_leaves_.push_back({leaf.kind, leaf.text});
  Component& component = components_.back();
  Field& field = fields_.back();
  ++component.leaf_count;
  component.ignores_more = component.leaf_count == 1 && is_time;
  field.ignores_more = field.component_count == 1 && component.ignores_more;
}

void SegmentPlan::misfit(std::string_view raw, const Place& place, ValueReader& reader, Address address) const {
  if (!rescues_) {
    return;
  }
  address.field = place.field() + first_field_;
  address.repetition = place.repetition();
  address.component = place.component();
  address.subcomponent = place.subcomponent();
  reader.rescue(raw, address);
}

void SegmentPlan::read(const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader, Address address) const {
  std::uint32_t value = segment.first_value;
  // The name, and whatever follows it before the first field.
  while (value < segment.end_value && tokens.marks[value] < Mark::kField) {
    ++value;
  }
  if (value + 1 >= segment.end_value) {
    return;
  }
  Place place;
  if (is_header(segment.name)) {
    place.pass(Mark::kField);  // field 1 is the separator itself
  }
  read_values(tokens, segment, place, tokens.ends[value] + 1, value + 1, segment.end_value, row, reader, address);
}

void SegmentPlan::read_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                             std::int64_t row, ValueReader& reader, Address address) const {
  read_values(tokens, segment, Place(), begin, first, end, row, reader, address);
}

void SegmentPlan::read_values(const MessageTokens& tokens, const SegmentTokens& segment, Place place, std::uint32_t begin, std::uint32_t value,
                              std::uint32_t end_value, std::int64_t row, ValueReader& reader, Address address) const {
  const char* const text = tokens.text.data();
  const std::uint32_t* const ends = tokens.ends.data();
  const Mark* const marks = tokens.marks.data();
  const bool is_plain = reader.is_plain();
  const auto known = static_cast<std::uint32_t>(fields_.size());
  std::uint32_t next_whole = std::min(first_whole_, known);
  for (; value < end_value; begin = ends[value] + 1, place.pass(marks[value]), ++value) {
    const std::uint32_t number = place.field();
    if (number >= next_whole) [[unlikely]] {
      std::uint32_t last = value;
      while (marks[last] < Mark::kField) {
        ++last;
      }
      if (number >= known) {
        // A field that nobody knows is kept as it was sent.
        if (!rescues_) {
          return;
        }
        if (ends[last] > begin) {
          misfit(std::string_view(text + begin, ends[last] - begin), place, reader, address);
        }
        value = last;
        continue;
      }
      const Field& field = fields_[number];
      next_whole = std::min(field.next_whole, known);
      if (ends[last] > begin) {
        address.field = number + first_field_;
        address.repetition = address.component = address.subcomponent = 0;
        field.whole->read(tokens, segment, begin, value, last + 1, row, reader, address);
      }
      if (field.whole_only) {
        value = last;
        continue;
      }
    }
    const std::uint32_t end = ends[value];
    if (end == begin) {
      continue;
    }
    const std::string_view raw(text + begin, end - begin);
    const Field& field = fields_[number];
    const bool has_no_row = field.list == nullptr && place.repetition() > 0;
    if (place.component() >= field.component_count || has_no_row) [[unlikely]] {
      if (has_no_row || !field.ignores_more) {
        misfit(raw, place, reader, address);
      }
      continue;
    }
    const Component& component = components_[field.first_component + place.component()];
    if (place.subcomponent() >= component.leaf_count) [[unlikely]] {
      if (!component.ignores_more) {
        misfit(raw, place, reader, address);
      }
      continue;
    }
    const std::size_t leaf_number = component.first_leaf + place.subcomponent();
    const ShortLeaf& leaf = short_leaves_[leaf_number];
    if (leaf.kind == Leaf::Kind::kNone) [[unlikely]] {
      misfit(raw, place, reader, address);
      continue;
    }
    const std::int64_t at = field.list == nullptr ? row : field.list->element(row, place.repetition());
    if (leaf.kind == Leaf::Kind::kText && is_plain) [[likely]] {
      leaf.text->set_padded(at, raw);
      continue;
    }
    address.field = number + first_field_;
    address.repetition = place.repetition();
    address.component = place.component();
    address.subcomponent = place.subcomponent();
    reader.read(leaves_[leaf_number], at, raw, address);
  }
}

}  // namespace lakeflow::hl7v2
