#include "sources/healthcare/hl7v2/tables/message_rows.h"

#include <algorithm>
#include <charconv>

namespace lakeflow::hl7v2 {
namespace {

// "PID-5.2" without its segment: the numbers of field, component and subcomponent, 1 where they are not named.
struct Path {
  std::string_view segment;
  std::uint32_t numbers[3] = {1, 1, 1};
};

Path parse_path(std::string_view text) {
  Path path{.segment = text.substr(0, 3)};
  const char* at = text.data() + 4;
  const char* const end = text.data() + text.size();
  for (std::uint32_t& number : path.numbers) {
    if (at >= end) {
      break;
    }
    at = std::from_chars(at, end, number).ptr + 1;
  }
  return path;
}

}  // namespace

MessageRows::MessageRows(const MessageTable& table) : table_(table) {
  for (const MessageColumn& column : shared_message_columns()) {
    bind(column, columns_, segments_);
  }
  for (const MessageColumn& column : table.columns) {
    bind(column, columns_, segments_);
  }
  if (!table.list_name.empty()) {
    auto elements = std::make_unique<StructColumn>();
    elements_ = elements.get();
    parent_number_ = &elements_->add<IntegerColumn>(table.parent_column, "", arrow::int64());
    for (const MessageColumn& column : table.list_columns) {
      bind(column, *elements_, element_segments_);
    }
    list_ = &columns_.add<ListColumn>(table.list_name, table.list_segment, std::move(elements));
  }
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  raw_message_ = &columns_.add<TextColumn>("raw_message", "the message as it was sent, in UTF-8");
}

void MessageRows::bind(const MessageColumn& column, StructColumn& parent, std::vector<SegmentBindings>& segments) {
  const Path path = parse_path(column.path);
  Binding binding;
  binding.field = path.numbers[0];
  binding.component = path.numbers[1];
  binding.subcomponent = path.numbers[2];
  switch (column.type) {
    case MessageColumnType::kWhole: binding.is_whole = true; [[fallthrough]];
    case MessageColumnType::kText: binding.leaf.text = &parent.add<TextColumn>(column.name, column.path); break;
    case MessageColumnType::kInteger: binding.leaf.integer = &parent.add<IntegerColumn>(column.name, column.path, arrow::int64()); break;
    case MessageColumnType::kDate: binding.leaf.date = &parent.add<DateColumn>(column.name, column.path, arrow::date32()); break;
    case MessageColumnType::kTimestamp:
      binding.leaf.local = &parent.add<TimestampColumn>(column.name, column.path, arrow::timestamp(arrow::TimeUnit::MICRO));
      break;
  }
  const SegmentName name = segment_name(path.segment);
  auto found = std::ranges::find(segments, name, &SegmentBindings::name);
  if (found == segments.end()) {
    segments.push_back({.name = name, .text = path.segment, .bindings = {}});
    found = std::prev(segments.end());
  }
  found->bindings.push_back(binding);
}

bool MessageRows::add(const MessageView& message) {
  if (message.type != table_.message_type) {
    return false;
  }
  const MessageTokens& tokens = *message.tokens;
  const std::int64_t row = begin_row(message, 0);
  for (const SegmentBindings& bound : segments_) {
    if (const SegmentTokens* segment = find_segment(tokens, bound.name)) {
      read_segment(message, *segment, bound, row, 0);
    }
  }
  if (list_ != nullptr) {
    read_list(message, row);
  }
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  if (message.context.has_undecodable) {
    text_.clear();
    append_replaced(tokens.text, text_);
    raw_message_->set(row, text_);
  } else {
    raw_message_->set(row, tokens.text);
  }
  end_row();
  return true;
}

void MessageRows::read_list(const MessageView& message, std::int64_t row) {
  const SegmentBindings& bound = element_segments_.front();
  const SegmentName parent_name = segment_name(table_.parent_segment);
  std::uint32_t number = 0;
  std::uint32_t parent_number = 0;
  for (const SegmentTokens& segment : message.tokens->segments) {
    if (segment.name == parent_name) {
      ++parent_number;
    } else if (segment.name == bound.name) {
      const std::int64_t element = list_->element(row, number);
      elements_->mark(element);
      if (parent_number > 0) {
        parent_number_->set(element, parent_number);
      }
      read_segment(message, segment, bound, element, ++number);
    }
  }
}

void MessageRows::read_segment(const MessageView& message, const SegmentTokens& segment, const SegmentBindings& bound, std::int64_t row,
                               std::uint32_t number) {
  const MessageTokens& tokens = *message.tokens;
  reader_.begin_segment(message.context, segment.has_escape);
  // Field n begins at value field_values_[n - shift]: the name comes first, and MSH-1 is no value.
  const std::uint32_t shift = is_header(segment.name) ? 1 : 0;
  const std::uint32_t last_wanted = bound.bindings.back().field;
  field_values_.clear();
  field_values_.push_back(segment.first_value);
  for (std::uint32_t i = segment.first_value; i + 1 < segment.end_value && field_values_.size() <= last_wanted + 1; ++i) {
    if (tokens.marks[i] == Mark::kField) {
      field_values_.push_back(i + 1);
    }
  }
  for (const Binding& binding : bound.bindings) {
    const std::uint32_t index = binding.field - shift;
    if (index >= field_values_.size()) {
      break;
    }
    const std::uint32_t first = field_values_[index];
    const std::uint32_t begin = tokens.ends[first - 1] + 1;
    if (tokens.ends[first] == begin && tokens.marks[first] >= Mark::kField) {
      continue;
    }
    const std::uint32_t end = index + 1 < field_values_.size() ? field_values_[index + 1] : segment.end_value;
    const Part field(tokens, begin, first, end, Mark::kField);
    const Address address{.segment = bound.text,
                          .segment_number = number,
                          .field = binding.field - 1,
                          .component = binding.component - 1,
                          .subcomponent = binding.subcomponent - 1};
    if (binding.is_whole) {
      reader_.read_whole(*binding.leaf.text, row, field.raw(), field.is_divided(), address);
    } else if (const std::string_view raw = field.component(binding.component).subcomponent(binding.subcomponent).raw(); !raw.empty()) {
      reader_.read(binding.leaf, row, raw, address);
    }
  }
}

}  // namespace lakeflow::hl7v2
