#include "sources/healthcare/hl7v2/tables/segment_plan.h"

namespace lakeflow::hl7v2 {
namespace {

template <typename Place>
Address address_of(const Place& place, std::uint32_t first_field, const Address& segment) {
  return {.segment = segment.segment,
          .segment_number = segment.segment_number,
          .field = place.field + first_field,
          .repetition = place.repetition,
          .component = place.component,
          .subcomponent = place.subcomponent};
}

}  // namespace

void SegmentPlan::add_field(ListColumn* list) {
  fields_.push_back({.first_component = static_cast<std::uint32_t>(components_.size()), .list = list});
}

void SegmentPlan::set_whole(WholeField& whole, bool only) {
  fields_.back().whole = &whole;
  fields_.back().whole_only = only;
  fields_.back().undivided = nullptr;
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
  if (field.component_count == 1 && component.leaf_count == 1 && leaf.kind == Leaf::Kind::kText && field.whole == nullptr) {
    field.undivided = leaf.text;
  }
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
  const std::uint32_t first_field = is_header(segment.name) ? 1 : 0;  // field 1 is the separator itself
  read_fields(tokens, segment, first_field, tokens.ends[value] + 1, value + 1, segment.end_value, row, reader, address);
}

void SegmentPlan::read_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t begin, std::uint32_t first, std::uint32_t end,
                             std::int64_t row, ValueReader& reader, Address address) const {
  read_fields(tokens, segment, 0, begin, first, end, row, reader, address);
}

void SegmentPlan::read_fields(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t number, std::uint32_t begin,
                              std::uint32_t value, std::uint32_t end_value, std::int64_t row, ValueReader& reader, Address address) const {
  const char* const text = tokens.text.data();
  const std::uint32_t* const ends = tokens.ends.data();
  const Mark* const marks = tokens.marks.data();
  const Field* const fields = fields_.data();
  const auto known = static_cast<std::uint32_t>(fields_.size());
  const bool is_plain = reader.is_plain();
  for (; value < end_value && number < known; ++number) {
    const std::uint32_t end = ends[value];
    const Field& field = fields[number];
    if (marks[value] >= Mark::kField) [[likely]] {
      // A field that nothing divides.
      if (end != begin) {
        const std::string_view raw(text + begin, end - begin);
        if (field.undivided != nullptr && is_plain) [[likely]] {
          field.undivided->set_padded(field.list == nullptr ? row : field.list->element(row, 0), raw);
        } else if (field.whole == nullptr) {
          read_parts(tokens, {.number = number, .begin = begin, .value = value, .end_value = value + 1}, row, reader, address);
        } else {
          read_as_one(tokens, segment, {.number = number, .begin = begin, .value = value, .end_value = value + 1}, row, reader, address);
        }
      }
      begin = end + 1;
      ++value;
      continue;
    }
    std::uint32_t last = value + 1;
    while (marks[last] < Mark::kField) {
      ++last;
    }
    const Extent extent{.number = number, .begin = begin, .value = value, .end_value = last + 1};
    if (field.whole == nullptr) {
      read_parts(tokens, extent, row, reader, address);
    } else if (ends[last] > begin) {
      read_as_one(tokens, segment, extent, row, reader, address);
    }
    begin = ends[last] + 1;
    value = last + 1;
  }
  // Fields that nobody knows are kept as they were sent.
  for (; rescues_ && value < end_value; ++number) {
    while (marks[value] < Mark::kField) {
      ++value;
    }
    if (ends[value] > begin) {
      misfit(std::string_view(text + begin, ends[value] - begin), {.field = number}, reader, address);
    }
    begin = ends[value] + 1;
    ++value;
  }
}

void SegmentPlan::read_as_one(const MessageTokens& tokens, const SegmentTokens& segment, const Extent& extent, std::int64_t row, ValueReader& reader,
                              Address address) const {
  const Field& field = fields_[extent.number];
  address.field = extent.number + first_field_;
  address.repetition = address.component = address.subcomponent = 0;
  field.whole->read(tokens, segment, extent.begin, extent.value, extent.end_value, row, reader, address);
  if (!field.whole_only) {
    read_parts(tokens, extent, row, reader, address);
  }
}

void SegmentPlan::read_parts(const MessageTokens& tokens, const Extent& extent, std::int64_t row, ValueReader& reader, const Address& address) const {
  const char* const text = tokens.text.data();
  const std::uint32_t* const ends = tokens.ends.data();
  const Mark* const marks = tokens.marks.data();
  const Field& field = fields_[extent.number];
  const Component* const components = components_.data() + field.first_component;
  const std::uint32_t component_count = field.component_count;
  ListColumn* const list = field.list;
  const ShortLeaf* const short_leaves = short_leaves_.data();
  const bool is_plain = reader.is_plain();
  constexpr std::int64_t kNoRow = -1;
  // Where the part stands, all from 0, and the row that its repetition has, once it has a value.
  std::uint32_t repetition = 0;
  std::uint32_t component = 0;
  std::uint32_t subcomponent = 0;
  std::int64_t at = list == nullptr ? row : kNoRow;
  std::uint32_t begin = extent.begin;
  for (std::uint32_t value = extent.value; value < extent.end_value; ++value) {
    const std::uint32_t end = ends[value];
    if (end != begin) {
      const std::string_view raw(text + begin, end - begin);
      const bool has_row = list != nullptr || repetition == 0;
      const bool has_component = has_row && component < component_count;
      if (has_component && subcomponent < components[component].leaf_count) [[likely]] {
        const std::uint32_t number = components[component].first_leaf + subcomponent;
        const ShortLeaf leaf = short_leaves[number];
        if (at == kNoRow && leaf.kind != Leaf::Kind::kNone) {
          at = list->element(row, repetition);
        }
        if (leaf.kind == Leaf::Kind::kText && is_plain) [[likely]] {
          leaf.text->set_padded(at, raw);
        } else {
          read_leaf(number, at, raw, {extent.number, repetition, component, subcomponent}, reader, address);
        }
      } else if (!has_row || !(has_component ? components[component].ignores_more : field.ignores_more)) {
        misfit(raw, {extent.number, repetition, component, subcomponent}, reader, address);
      }
    }
    begin = end + 1;
    const Mark mark = marks[value];
    if (mark == Mark::kComponent) [[likely]] {
      ++component;
      subcomponent = 0;
    } else if (mark == Mark::kSubcomponent) {
      ++subcomponent;
    } else if (mark == Mark::kRepetition) {
      ++repetition;
      component = subcomponent = 0;
      at = list == nullptr ? row : kNoRow;
    }
  }
}

void SegmentPlan::read_leaf(std::uint32_t number, std::int64_t row, std::string_view raw, Place place, ValueReader& reader,
                            const Address& address) const {
  if (leaves_[number].kind == Leaf::Kind::kNone) {
    misfit(raw, place, reader, address);
  } else {
    reader.read(leaves_[number], row, raw, address_of(place, first_field_, address));
  }
}

void SegmentPlan::misfit(std::string_view raw, Place place, ValueReader& reader, const Address& address) const {
  if (rescues_) {
    reader.rescue(raw, address_of(place, first_field_, address));
  }
}

}  // namespace lakeflow::hl7v2
