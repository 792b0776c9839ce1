#include "sources/healthcare/hl7v2/tables/segment_rows.h"

#include <algorithm>
#include <limits>
#include <string>

#include <fmt/format.h>

namespace lakeflow::hl7v2 {
namespace {

constexpr std::uint32_t kNoParent = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint32_t kControlIdField = 10;
constexpr std::uint32_t kDateTimeField = 7;

// The segments that an OBX may say something about (HL7 v2.8.2 chapters 4A and 7): the last one before it is meant.
std::vector<SegmentName> parents_of(std::string_view segment) {
  if (segment == "OBX") {
    return {segment_name("OBR"), segment_name("RXA")};
  }
  return {};
}

Leaf add_date_time(StructColumn& parent, std::string_view name, std::string_view description) {
  Leaf leaf;
  leaf.text = &parent.add<TextColumn>(name, description);
  leaf.local = &parent.add<TimestampColumn>(fmt::format("{}_local", name), "", arrow::timestamp(arrow::TimeUnit::MICRO));
  leaf.utc = &parent.add<TimestampColumn>(fmt::format("{}_utc", name), "", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
  return leaf;
}

}  // namespace

SegmentRows::SegmentRows(const SegmentDefinition& definition)
    : definition_(definition), name_(segment_name(definition.name)), parents_(parents_of(definition.name)) {
  const auto timestamp = arrow::timestamp(arrow::TimeUnit::MICRO);
  message_control_id_.text = &columns_.add<TextColumn>("message_control_id", "MSH-10");
  message_datetime_.local = &columns_.add<TimestampColumn>("message_datetime", "MSH-7, as written", timestamp);
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  segment_index_ = &columns_.add<IntegerColumn>("segment_index", "number of the segment in its message; MSH is 0", arrow::int64());
  if (!parents_.empty()) {
    parent_segment_ = &columns_.add<TextColumn>("parent_segment", "name of the segment that this one belongs to");
    parent_segment_index_ = &columns_.add<IntegerColumn>("parent_segment_index", "segment_index of that segment", arrow::int64());
  }
  const arrow::FieldVector own = columns_.fields();
  fields_.reserve(definition.fields.size());
  for (std::size_t i = 0; i < definition.fields.size(); ++i) {
    const FieldDefinition& field = definition.fields[i];
    // MSA-2, say, is called message_control_id too.
    const bool is_taken = std::ranges::any_of(own, [&](const auto& column) { return column->name() == field.name; });
    const std::string name = is_taken ? fmt::format("{}_{}", field.name, i + 1) : std::string(field.name);
    fields_.push_back(add_field({name, field.type, field.repeats}, fmt::format("{}-{}", definition.name, i + 1)));
  }
}

SegmentRows::FieldTarget SegmentRows::add_field(const FieldDefinition& field, std::string_view description) {
  if (!field.repeats) {
    return {.target = add_value(columns_, field.name, description, *field.type)};
  }
  FieldTarget added;
  added.target.kind = field.type->kind;
  std::unique_ptr<Column> elements;
  if (field.type->kind == ValueKind::kComposite) {
    auto structure = std::make_unique<StructColumn>();
    added.target.structure = structure.get();
    add_parts(added.target, *field.type);
    elements = std::move(structure);
  } else {
    // A time in a list is its text alone: it has no place beside it.
    auto text = std::make_unique<TextColumn>();
    added.target.leaf.text = text.get();
    elements = std::move(text);
  }
  added.list = &columns_.add<ListColumn>(field.name, description, std::move(elements));
  return added;
}

SegmentRows::Target SegmentRows::add_value(StructColumn& parent, std::string_view name, std::string_view description,
                                           const DatatypeDefinition& type) {
  Target target;
  target.kind = type.kind;
  switch (type.kind) {
    case ValueKind::kInteger: target.leaf.integer = &parent.add<IntegerColumn>(name, description, arrow::int64()); break;
    case ValueKind::kNumber: target.leaf.number = &parent.add<NumberColumn>(name, description, arrow::float64()); break;
    case ValueKind::kDateTime: target.leaf = add_date_time(parent, name, description); break;
    case ValueKind::kComposite:
      target.structure = &parent.add<StructColumn>(name, description);
      add_parts(target, type);
      break;
    case ValueKind::kText:
    case ValueKind::kVaries: target.leaf.text = &parent.add<TextColumn>(name, description); break;
  }
  return target;
}

void SegmentRows::add_parts(Target& target, const DatatypeDefinition& type) {
  target.parts.reserve(type.components.size());
  for (const ComponentDefinition& component : type.components) {
    target.parts.push_back(add_value(*target.structure, component.name, "", *component.type));
  }
}

bool SegmentRows::add(const MessageView& message) {
  bool added = false;
  std::uint32_t parent = kNoParent;
  const auto& segments = message.tokens->segments;
  for (std::uint32_t i = 0; i < segments.size(); ++i) {
    if (segments[i].name == name_) {
      add_segment(message, i, parent);
      added = true;
    } else if (std::ranges::find(parents_, segments[i].name) != parents_.end()) {
      parent = i;
    }
  }
  return added;
}

void SegmentRows::add_segment(const MessageView& message, std::uint32_t index, std::uint32_t parent) {
  const MessageTokens& tokens = *message.tokens;
  const SegmentTokens& segment = tokens.segments[index];
  const SegmentTokens& header = tokens.segments.front();
  const std::int64_t row = begin_row(message, index);

  reader_.begin_segment(message.context, header.has_escape);
  if (const Part id = field(tokens, header, kControlIdField).repetition(1); !id.empty()) {
    reader_.read_whole(*message_control_id_.text, row, id.raw(), id.is_divided(), {.segment = "MSH", .field = kControlIdField - 1});
  }
  if (const auto time = field(tokens, header, kDateTimeField).subcomponent(1).raw(); !time.empty()) {
    reader_.read(message_datetime_, row, time, {.segment = "MSH", .field = kDateTimeField - 1});
  }
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  segment_index_->set(row, index);
  if (parent != kNoParent) {
    parent_segment_->set(row, tokens.text.substr(tokens.segments[parent].begin, 3));
    parent_segment_index_->set(row, parent);
  }

  reader_.begin_segment(message.context, segment.has_escape);
  Address address{.segment = definition_.name};
  std::uint32_t value = segment.first_value;
  // The name, and whatever follows it before the first field.
  while (value < segment.end_value && tokens.marks[value] < Mark::kField) {
    ++value;
  }
  std::uint32_t number = 0;
  if (is_header(segment.name)) {
    // The first field is the character that ends the name.
    fields_.front().target.leaf.text->set(row, tokens.text.substr(tokens.ends[value], 1));
    number = 1;
  }
  for (; value + 1 < segment.end_value; ++number) {
    const std::uint32_t begin = tokens.ends[value] + 1;
    ++value;
    if (tokens.marks[value] >= Mark::kField && tokens.ends[value] == begin) {
      continue;
    }
    address.field = number;
    address.repetition = address.component = address.subcomponent = 0;
    if (number >= fields_.size()) {
      value = rescue_field(tokens, value, begin, address);
    } else if (fields_[number].target.kind == ValueKind::kVaries) {
      value = read_varying(tokens, fields_[number], value, begin, row, address);
    } else {
      value = read_field(tokens, fields_[number], value, begin, row, address);
    }
  }
  end_row();
}

std::uint32_t SegmentRows::read_field(const MessageTokens& tokens, FieldTarget& field, std::uint32_t value, std::uint32_t begin, std::int64_t row,
                                      Address& address) {
  for (;; ++value) {
    const std::uint32_t end = tokens.ends[value];
    if (end > begin) {
      read_value(field, row, tokens.text.substr(begin, end - begin), address);
    }
    begin = end + 1;
    switch (tokens.marks[value]) {
      case Mark::kSubcomponent: ++address.subcomponent; break;
      case Mark::kComponent:
        ++address.component;
        address.subcomponent = 0;
        break;
      case Mark::kRepetition:
        ++address.repetition;
        address.component = address.subcomponent = 0;
        break;
      default: return value;
    }
  }
}

void SegmentRows::read_value(FieldTarget& field, std::int64_t row, std::string_view raw, const Address& address) {
  if (field.list == nullptr && address.repetition > 0) {
    reader_.rescue(raw, address);
    return;
  }
  const Target* target = &field.target;
  std::uint32_t deeper = address.component + address.subcomponent;
  const std::int64_t at = field.list == nullptr ? row : field.list->element(row, address.repetition);
  if (target->kind == ValueKind::kComposite) {
    if (address.component >= target->parts.size()) {
      reader_.rescue(raw, address);
      return;
    }
    target->structure->mark(at);
    target = &target->parts[address.component];
    deeper = address.subcomponent;
    if (target->kind == ValueKind::kComposite) {
      // A subcomponent has no parts: what a definition nests deeper is not sent.
      const bool is_known = address.subcomponent < target->parts.size() && target->parts[address.subcomponent].kind != ValueKind::kComposite;
      if (!is_known) {
        reader_.rescue(raw, address);
        return;
      }
      target->structure->mark(at);
      target = &target->parts[address.subcomponent];
      deeper = 0;
    }
  }
  if (deeper == 0) {
    reader_.read(target->leaf, at, raw, address);
  } else if (target->kind != ValueKind::kDateTime) {
    // The second component of a TS, its degree of precision, is withdrawn and says nothing that the time does not say.
    reader_.rescue(raw, address);
  }
}

std::uint32_t SegmentRows::read_varying(const MessageTokens& tokens, FieldTarget& field, std::uint32_t value, std::uint32_t begin, std::int64_t row,
                                        Address& address) {
  std::uint32_t first = value;
  for (;; ++value) {
    if (tokens.marks[value] < Mark::kRepetition) {
      continue;
    }
    const std::uint32_t end = tokens.ends[value];
    if (end > begin) {
      reader_.read_whole(*field.target.leaf.text, field.list->element(row, address.repetition), tokens.text.substr(begin, end - begin), value > first,
                         address);
    }
    if (tokens.marks[value] != Mark::kRepetition) {
      return value;
    }
    begin = end + 1;
    first = value + 1;
    ++address.repetition;
  }
}

std::uint32_t SegmentRows::rescue_field(const MessageTokens& tokens, std::uint32_t value, std::uint32_t begin, Address& address) {
  while (tokens.marks[value] < Mark::kField) {
    ++value;
  }
  if (tokens.ends[value] > begin) {
    reader_.rescue(tokens.text.substr(begin, tokens.ends[value] - begin), address);
  }
  return value;
}

}  // namespace lakeflow::hl7v2
