#include "sources/healthcare/hl7v2/tables/segment_plan.h"

#include "sources/healthcare/hl7v2/tables/instant.h"

namespace lakeflow::hl7v2 {
namespace {

Mark mark_of(std::uint8_t shape) { return static_cast<Mark>(shape & kMarkBits); }
bool has_bytes(std::uint8_t shape) { return (shape & kHasBytes) != 0; }

}  // namespace

void SegmentPlan::add_field(ListColumn* list) {
  fields_.push_back({.first_component = static_cast<std::uint32_t>(components_.size()), .list = list});
}

void SegmentPlan::set_whole(WholeField& whole, bool only) {
  fields_.back().whole = &whole;
  fields_.back().whole_only = only;
}

void SegmentPlan::add_component() {
  components_.push_back({.first_leaf = static_cast<std::uint32_t>(leaves_.size())});
  ++fields_.back().component_count;
}

void SegmentPlan::add_leaf(const Leaf& leaf, bool is_time) {
  leaves_.push_back(leaf);
  Component& component = components_.back();
  Field& field = fields_.back();
  ++component.leaf_count;
  component.has_precision = component.leaf_count == 1 && is_time;
  field.has_precision = field.component_count == 1 && component.has_precision;
}

void SegmentPlan::read(const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader, const Address& address) {
  const std::uint8_t* const shapes = tokens.shapes.data() + segment.first_value;
  const std::uint32_t count = segment.end_value - segment.first_value;
  bool is_known = false;
  SegmentProgram& program = shapes_.find({shapes, count}, is_known);
  if (!is_known) {
    // The name, and whatever follows it before the first field.
    std::uint32_t value = 0;
    while (value < count && mark_of(shapes[value]) < Mark::kField) {
      ++value;
    }
    // Of a header, field 1 is the separator itself.
    compile(shapes, value + 1, count, is_header(segment.name) ? 1 : 0, program);
  }
  run(program, tokens, segment, row, reader, address);
}

void SegmentPlan::read_field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t first, std::uint32_t end, std::int64_t row,
                             ValueReader& reader, const Address& address) {
  const Leaf* const leaf = components_.empty() || components_.front().leaf_count == 0 ? nullptr : &leaves_.front();
  if (end == first + 1 && leaf != nullptr && leaf->kind != Leaf::Kind::kNone) [[likely]] {
    // Nothing divides it.
    const std::uint32_t begin = tokens.ends[first - 1] + 1;
    const std::int64_t at = fields_.front().list == nullptr ? row : fields_.front().list->element(row, 0);
    const std::string_view raw = tokens.text.substr(begin, tokens.ends[first] - begin);
    if (!reader.is_plain() || !reader.read_ordinary(*leaf, at, raw)) {
      reader.read(*leaf, at, raw, address_of({}, address));
    }
    return;
  }
  of_field_.clear();
  compile(tokens.shapes.data() + segment.first_value, first - segment.first_value, end - segment.first_value, 0, of_field_);
  run(of_field_, tokens, segment, row, reader, address);
}

void SegmentPlan::compile(const std::uint8_t* shapes, std::uint32_t value, std::uint32_t end, std::uint32_t number, SegmentProgram& program) const {
  for (; value < end; ++number) {
    std::uint32_t last = value;
    bool is_empty = !has_bytes(shapes[value]);
    while (mark_of(shapes[last]) < Mark::kField) {
      is_empty = false;
      ++last;
    }
    if (!is_empty && number >= fields_.size()) {
      // A field that nobody knows is kept as it was sent.
      if (rescues_) {
        program.push_back({.first = value, .last = last, .kind = SegmentStep::Kind::kMisfit, .place = {.field = number}});
      }
    } else if (!is_empty) {
      const Field& field = fields_[number];
      if (field.whole != nullptr) {
        program.push_back({.first = value, .last = last, .kind = SegmentStep::Kind::kWhole, .place = {.field = number}});
      }
      if (!field.whole_only) {
        compile_parts(shapes, value, last + 1, number, program);
      }
    }
    value = last + 1;
  }
}

void SegmentPlan::compile_parts(const std::uint8_t* shapes, std::uint32_t value, std::uint32_t end, std::uint32_t number,
                                SegmentProgram& program) const {
  const Field& field = fields_[number];
  ValuePlace place{.field = number};
  bool same_element = false;
  for (; value < end; ++value) {
    if (has_bytes(shapes[value])) {
      const bool has_row = field.list != nullptr || place.repetition == 0;
      const Component* const component =
          has_row && place.component < field.component_count ? &components_[field.first_component + place.component] : nullptr;
      const Leaf* const leaf =
          component != nullptr && place.subcomponent < component->leaf_count ? &leaves_[component->first_leaf + place.subcomponent] : nullptr;
      // Behind a field that is a time its own second part, behind a component that is one the second part of that.
      const bool may_be_precision = has_row && leaf == nullptr &&
                                    (field.has_precision ? place.component == 1 && place.subcomponent == 0
                                                         : component != nullptr && component->has_precision && place.subcomponent == 1);
      if (leaf != nullptr && leaf->kind != Leaf::Kind::kNone) {
        const bool is_text = leaf->kind == Leaf::Kind::kText;
        program.push_back({.text = is_text ? leaf->text : nullptr,
                           .list = field.list,
                           .first = value,
                           .last = value,
                           .leaf = component->first_leaf + place.subcomponent,
                           .kind = is_text ? SegmentStep::Kind::kText : SegmentStep::Kind::kLeaf,
                           .same_element = same_element,
                           .place = place});
        same_element = field.list != nullptr;
      } else if (rescues_) {
        const SegmentStep::Kind kind = may_be_precision ? SegmentStep::Kind::kPrecision : SegmentStep::Kind::kMisfit;
        program.push_back({.first = value, .last = value, .kind = kind, .place = place});
      }
    }
    switch (mark_of(shapes[value])) {
      case Mark::kComponent:
        ++place.component;
        place.subcomponent = 0;
        break;
      case Mark::kSubcomponent: ++place.subcomponent; break;
      case Mark::kRepetition:
        ++place.repetition;
        place.component = place.subcomponent = 0;
        same_element = false;
        break;
      default: break;
    }
  }
}

void SegmentPlan::run(const SegmentProgram& program, const MessageTokens& tokens, const SegmentTokens& segment, std::int64_t row, ValueReader& reader,
                      const Address& address) {
  const char* const text = tokens.text.data();
  const std::uint32_t* const ends = tokens.ends.data() + segment.first_value;
  const bool is_plain = reader.is_plain();
  std::int64_t element = row;
  for (const SegmentStep& step : program) {
    const std::uint32_t begin = ends[std::int64_t{step.first} - 1] + 1;
    const std::string_view raw(text + begin, ends[step.last] - begin);
    if (step.list != nullptr && !step.same_element) {
      element = step.list->element(row, step.place.repetition);
    }
    const std::int64_t at = step.list == nullptr ? row : element;
    if (step.kind == SegmentStep::Kind::kText && is_plain) [[likely]] {
      step.text->set_padded(at, raw);
    } else if (step.kind != SegmentStep::Kind::kLeaf || !is_plain || !reader.read_ordinary(leaves_[step.leaf], at, raw)) {
      run_rarer(step, tokens, segment, raw, row, at, reader, address);
    }
  }
}

void SegmentPlan::run_rarer(const SegmentStep& step, const MessageTokens& tokens, const SegmentTokens& segment, std::string_view raw,
                            std::int64_t row, std::int64_t at, ValueReader& reader, const Address& address) {
  const Address place = address_of(step.place, address);
  switch (step.kind) {
    case SegmentStep::Kind::kText:
    case SegmentStep::Kind::kLeaf: reader.read(leaves_[step.leaf], at, raw, place); break;
    case SegmentStep::Kind::kWhole:
      fields_[step.place.field].whole->read(tokens, segment, static_cast<std::uint32_t>(raw.data() - tokens.text.data()),
                                            segment.first_value + step.first, segment.first_value + step.last + 1, row, reader, place);
      break;
    case SegmentStep::Kind::kMisfit: reader.rescue(raw, place); break;
    case SegmentStep::Kind::kPrecision:
      if (!is_precision(raw)) {
        reader.rescue(raw, place);
      }
      break;
  }
}

Address SegmentPlan::address_of(const ValuePlace& place, const Address& segment) const {
  return {.segment = segment.segment,
          .segment_number = segment.segment_number,
          .field = place.field + first_field_,
          .repetition = place.repetition,
          .component = place.component,
          .subcomponent = place.subcomponent};
}

}  // namespace lakeflow::hl7v2
