#include "sources/healthcare/hl7v2/tables/field_columns.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

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
    case MessageColumnType::kInteger:
      leaf.kind = Leaf::Kind::kInteger;
      leaf.integer = &parent.add<IntegerColumn>(column.name, column.path, arrow::int64());
      break;
    case MessageColumnType::kNumber:
      leaf.kind = Leaf::Kind::kNumber;
      leaf.number = &parent.add<NumberColumn>(column.name, column.path, arrow::float64());
      break;
    case MessageColumnType::kDate:
      leaf.kind = Leaf::Kind::kTime;
      leaf.date = &parent.add<DateColumn>(column.name, column.path, arrow::date32());
      break;
    case MessageColumnType::kTimestamp:
      leaf.kind = Leaf::Kind::kTime;
      leaf.local = &parent.add<TimestampColumn>(column.name, column.path, arrow::timestamp(arrow::TimeUnit::MICRO));
      leaf.utc = &parent.add<TimestampColumn>(fmt::format("{}_utc", column.name), "", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
      break;
    default: leaf.kind = Leaf::Kind::kText; leaf.text = &parent.add<TextColumn>(column.name, column.path);
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

FieldColumns::FieldColumns(std::span<const MessageColumn> columns, StructColumn& parent) {
  std::vector<std::vector<Binding>> bindings;
  for (const MessageColumn& column : columns) {
    const Leaf leaf = add_leaf_column(column, parent);
    for (std::string_view paths = column.path; !paths.empty();) {
      const std::size_t end = std::min(paths.find('|'), paths.size());
      const Path path = parse_path(paths.substr(0, end));
      paths.remove_prefix(std::min(end + 1, paths.size()));
      auto found = std::ranges::find(segments_, segment_name(path.segment), &OfSegment::name);
      if (found == segments_.end()) {
        OfSegment added;
        added.name = segment_name(path.segment);
        added.text = path.segment;
        segments_.push_back(std::move(added));
        bindings.emplace_back();
        found = std::prev(segments_.end());
      }
      bindings[static_cast<std::size_t>(found - segments_.begin())].push_back({path, column.type == MessageColumnType::kWhole, leaf});
    }
  }
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    lay_out(bindings[i], segments_[i].plan, segments_[i].whole_fields);
  }
}

void FieldColumns::read(const MessageView& message, ValueReader& reader, OfSegment& columns, const SegmentTokens& segment, std::int64_t row,
                        std::uint32_t number) {
  reader.begin_segment(message.context, segment.has_escape);
  columns.plan.read(*message.tokens, segment, row, reader, {.segment = columns.text, .segment_number = number});
}

}  // namespace lakeflow::hl7v2
