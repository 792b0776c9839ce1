#include "sources/healthcare/hl7v2/tables/message_elements.h"

#include <algorithm>
#include <map>

namespace lakeflow::hl7v2 {

ElementColumns::ElementColumns(const MessageElements& elements, StructColumn& parent, BufferPool& pool)
    : bare_segment_(elements.bare_segment.empty() ? 0 : segment_name(elements.bare_segment)) {
  constexpr std::size_t kStep = 4;  // a name and a space
  for (std::size_t at = 0; at < elements.segments.size(); at += kStep) {
    segments_.push_back(segment_name(elements.segments.substr(at, kStep - 1)));
  }
  std::vector<MessageColumn> of_fields;
  for (const MessageColumn& column : elements.columns) {
    switch (column.type) {
      case MessageColumnType::kSegmentName: segment_name_ = &parent.add<TextColumn>(column.name, "name of the segment"); break;
      case MessageColumnType::kNumberOf:
        numbered_ = segment_name(column.path);
        number_ = &parent.add<IntegerColumn>(column.name, "number, in the message, of the segment that it belongs to", arrow::int64());
        break;
      default: of_fields.push_back(column);
    }
  }
  fields_ = std::make_unique<FieldColumns>(of_fields, parent);
  if (elements.parts != nullptr) {
    auto structure = std::make_unique<StructColumn>(pool, StructColumn::Nulls::kNever);
    parts_ = std::make_unique<ElementColumns>(*elements.parts, *structure, pool);
    part_list_ = &parent.add<ListColumn>(elements.parts->list_name, elements.parts->segments, std::move(structure));
  }
}

bool ElementColumns::is_element(SegmentName name) const { return std::ranges::find(segments_, name) != segments_.end(); }

const std::vector<std::uint32_t>& ElementColumns::find(const MessageView& message) {
  const auto& segments = message.tokens->segments;
  const auto& places = message.places->segments;
  std::map<SegmentName, std::uint32_t> counts;
  numbers_.clear();
  found_.clear();
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    const SegmentName name = segments[i].name;
    numbers_.push_back(++counts[name]);
    if (!is_element(name)) {
      if (name == bare_segment_) {
        found_.push_back(i);
      }
      continue;
    }
    // What it belongs to is no element of its own any more.
    if (const std::uint32_t parent = places[i].parent; parent != kNoSegment && !found_.empty() && found_.back() == parent) {
      found_.pop_back();
    }
    found_.push_back(i);
  }
  return found_;
}

std::uint32_t ElementColumns::segment_of(const MessageView& message, std::uint32_t element, SegmentName name) const {
  const auto& segments = message.tokens->segments;
  const auto& places = message.places->segments;
  if (segments[element].name == name) {
    return element;
  }
  if (const std::uint32_t parent = places[element].parent; parent != kNoSegment && segments[parent].name == name) {
    return parent;
  }
  for (std::uint32_t i = element + 1; i < segments.size() && !is_element(segments[i].name); ++i) {
    if (segments[i].name == name && places[i].parent == element) {
      return i;
    }
  }
  return kNoSegment;
}

void ElementColumns::read(const MessageView& message, ValueReader& reader, std::uint32_t element, std::int64_t row, bool is_numbered) {
  read_columns(message, reader, element, row, is_numbered ? &numbers_ : nullptr);
  if (parts_ == nullptr) {
    return;
  }
  const auto& segments = message.tokens->segments;
  std::int64_t count = 0;
  for (std::uint32_t i = element + 1; i < segments.size() && !is_element(segments[i].name); ++i) {
    if (parts_->is_element(segments[i].name) && message.places->segments[i].parent == element) {
      parts_->read_columns(message, reader, i, part_list_->element(row, count++), &numbers_);
    }
  }
}

void ElementColumns::read_columns(const MessageView& message, ValueReader& reader, std::uint32_t element, std::int64_t row,
                                  const std::vector<std::uint32_t>* numbers) {
  const auto& segments = message.tokens->segments;
  for (FieldColumns::OfSegment& bound : fields_->segments()) {
    if (const std::uint32_t segment = segment_of(message, element, bound.name); segment != kNoSegment) {
      FieldColumns::read(message, reader, bound, segments[segment], row, numbers == nullptr ? 0 : (*numbers)[segment]);
    }
  }
  if (segment_name_ != nullptr) {
    segment_name_->set(row, message.tokens->text.substr(segments[element].begin, 3));
  }
  if (number_ != nullptr) {
    std::uint32_t above = message.places->segments[element].parent;
    while (above != kNoSegment && segments[above].name != numbered_) {
      above = message.places->segments[above].parent;
    }
    if (above != kNoSegment) {
      number_->set(row, numbers_[above]);
    }
  }
}

}  // namespace lakeflow::hl7v2
