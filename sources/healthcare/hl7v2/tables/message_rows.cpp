#include "sources/healthcare/hl7v2/tables/message_rows.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lakeflow::hl7v2 {
namespace {

// "PID-5.2" without its segment: the numbers of field, component and subcomponent, 1 where they are not named.
struct Path {
  std::string_view segment;
  std::array<std::uint32_t, 3> numbers = {1, 1, 1};
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

// All of a field as one text.
class WholeText final : public WholeField {
 public:
  explicit WholeText(TextColumn& column) : column_(column) {}
  void read(const MessageTokens& tokens, const SegmentTokens&, std::uint32_t begin, std::uint32_t first, std::uint32_t end, std::int64_t row,
            ValueReader& reader, Address address) override {
    reader.read_whole(column_, row, tokens.text.substr(begin, tokens.ends[end - 1] - begin), end > first + 1, address);
  }

 private:
  TextColumn& column_;
};

Leaf add_leaf_column(const MessageColumn& column, StructColumn& parent) {
  Leaf leaf;
  switch (column.type) {
    case MessageColumnType::kText:
    case MessageColumnType::kWhole:
      leaf.kind = Leaf::Kind::kText;
      leaf.text = &parent.add<TextColumn>(column.name, column.path);
      break;
    case MessageColumnType::kInteger:
      leaf.kind = Leaf::Kind::kInteger;
      leaf.integer = &parent.add<IntegerColumn>(column.name, column.path, arrow::int64());
      break;
    case MessageColumnType::kDate:
      leaf.kind = Leaf::Kind::kTime;
      leaf.date = &parent.add<DateColumn>(column.name, column.path, arrow::date32());
      break;
    case MessageColumnType::kTimestamp:
      leaf.kind = Leaf::Kind::kTime;
      leaf.local = &parent.add<TimestampColumn>(column.name, column.path, arrow::timestamp(arrow::TimeUnit::MICRO));
      break;
  }
  return leaf;
}

// A column with the place of its value.
struct Binding {
  Path path;
  bool is_whole = false;
  Leaf leaf;
};

// Lays the plan out: by place, with leaves that take nothing in between.
void lay_out(std::vector<Binding>& bindings, SegmentPlan& plan, std::vector<std::unique_ptr<WholeField>>& whole_fields) {
  std::ranges::sort(bindings, {}, [](const Binding& binding) { return binding.path.numbers; });
  std::array<std::uint32_t, 3> at = {0, 0, 0};
  for (const Binding& binding : bindings) {
    const auto& [field, component, subcomponent] = binding.path.numbers;
    for (; at[0] < field; ++at[0], at[1] = at[2] = 0) {
      plan.add_field();
    }
    if (binding.is_whole) {
      whole_fields.push_back(std::make_unique<WholeText>(*binding.leaf.text));
      plan.set_whole(*whole_fields.back(), false);
      continue;
    }
    for (; at[1] < component; ++at[1], at[2] = 0) {
      plan.add_component();
    }
    for (; at[2] + 1 < subcomponent; ++at[2]) {
      plan.add_leaf(Leaf());
    }
    plan.add_leaf(binding.leaf);
    ++at[2];
  }
}

}  // namespace

MessageRows::MessageRows(const MessageTable& table, std::shared_ptr<BufferPool> pool)
    : TableRows(segment_name("MSH"), std::move(pool)), table_(table) {
  std::vector<MessageColumn> flat(shared_message_columns().begin(), shared_message_columns().end());
  flat.insert(flat.end(), table.columns.begin(), table.columns.end());
  add_columns(flat, columns_, segments_);
  if (!table.list_name.empty()) {
    auto elements = std::make_unique<StructColumn>(this->pool(), StructColumn::Nulls::kNever);
    parent_number_ = &elements->add<IntegerColumn>(table.parent_column, "", arrow::int64());
    add_columns(table.list_columns, *elements, element_segments_);
    list_ = &columns_.add<ListColumn>(table.list_name, table.list_segment, std::move(elements));
  }
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  raw_message_ = &columns_.add<TextColumn>("raw_message", "the message as it was sent, in UTF-8");
}

void MessageRows::add_columns(std::span<const MessageColumn> columns, StructColumn& parent, std::vector<SegmentColumns>& segments) {
  std::vector<std::vector<Binding>> bindings;
  for (const MessageColumn& column : columns) {
    Binding binding{.path = parse_path(column.path), .is_whole = column.type == MessageColumnType::kWhole, .leaf = add_leaf_column(column, parent)};
    const SegmentName name = segment_name(binding.path.segment);
    auto found = std::ranges::find(segments, name, &SegmentColumns::name);
    if (found == segments.end()) {
      SegmentColumns added;
      added.name = name;
      added.text = binding.path.segment;
      segments.push_back(std::move(added));
      bindings.emplace_back();
      found = std::prev(segments.end());
    }
    bindings[static_cast<std::size_t>(found - segments.begin())].push_back(binding);
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    lay_out(bindings[i], segments[i].plan, segments[i].whole_fields);
  }
}

bool MessageRows::add(const MessageView& message, std::uint32_t index) {
  if (index != 0 || message.type != table_.message_type) {
    return false;
  }
  const std::int64_t row = begin_row(message, 0);
  read_flat(message, row);
  if (list_ != nullptr) {
    read_list(message, row);
  }
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  if (message.context.has_undecodable) {
    text_.clear();
    append_replaced(message.tokens->text, text_);
    raw_message_->set(row, text_);
  } else {
    raw_message_->set_padded(row, message.tokens->text);
  }
  end_row();
  return true;
}

void MessageRows::read(const MessageView& message, const SegmentTokens& segment, const SegmentColumns& columns, std::int64_t row,
                       std::uint32_t number) {
  reader_.begin_segment(message.context, segment.has_escape);
  columns.plan.read(*message.tokens, segment, row, reader_, {.segment = columns.text, .segment_number = number});
}

void MessageRows::read_flat(const MessageView& message, std::int64_t row) {
  for (const SegmentColumns& columns : segments_) {
    if (const SegmentTokens* segment = find_segment(*message.tokens, columns.name)) {
      read(message, *segment, columns, row, 0);
    }
  }
}

void MessageRows::read_list(const MessageView& message, std::int64_t row) {
  const SegmentColumns& columns = element_segments_.front();
  const SegmentName parent_name = segment_name(table_.parent_segment);
  std::uint32_t number = 0;
  std::uint32_t parent_number = 0;
  for (const SegmentTokens& segment : message.tokens->segments) {
    if (segment.name == parent_name) {
      ++parent_number;
    } else if (segment.name == columns.name) {
      const std::int64_t element = list_->element(row, number);
      if (parent_number > 0) {
        parent_number_->set(element, parent_number);
      }
      read(message, segment, columns, element, ++number);
    }
  }
}

}  // namespace lakeflow::hl7v2
