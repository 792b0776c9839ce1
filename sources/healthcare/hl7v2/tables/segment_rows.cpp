#include "sources/healthcare/hl7v2/tables/segment_rows.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "sources/healthcare/hl7v2/tables/repeated_times.h"
#include "sources/healthcare/hl7v2/tables/value_columns.h"
#include "sources/healthcare/hl7v2/tables/varying_field.h"

namespace lakeflow::hl7v2 {

SegmentRows::SegmentRows(const SegmentDefinition& definition, std::shared_ptr<BufferPool> pool)
    : TableRows(segment_name(definition.name), std::move(pool)), definition_(definition) {
  const arrow::FieldVector own = columns_.fields();
  for (std::size_t i = 0; i < definition.fields.size(); ++i) {
    const FieldDefinition& field = definition.fields[i];
    if (field.type == nullptr) {
      plan_.add_field();
      continue;
    }
    // MSA-2, say, is called message_control_id too.
    const bool is_taken = std::ranges::any_of(own, [&](const auto& column) { return column->name() == field.name; });
    const std::string name = is_taken ? fmt::format("{}_{}", field.name, i + 1) : std::string(field.name);
    const std::string description = fmt::format("{}-{}{}{}", definition.name, i + 1, field.description.empty() ? "" : ": ", field.description);
    if (i == 0 && is_header(segment())) {
      // No value between delimiters, but the delimiter itself.
      plan_.add_field();
      separator_ = &columns_.add<TextColumn>(name, description);
    } else {
      add_field({name, field.type, field.repeats}, static_cast<std::uint32_t>(i), description);
    }
  }
}

void SegmentRows::add_field(const FieldDefinition& field, std::uint32_t number, std::string_view description) {
  const DatatypeDefinition& type = *field.type;
  if (type.kind == ValueKind::kVaries && field.repeats) {
    // OBX-2 says what OBX-5 is.
    const std::uint32_t type_field = definition_.name == "OBX" ? 2 : 0;
    plan_.add_field();
    whole_fields_.push_back(std::make_unique<VaryingField>(columns_, pool(), field.name, description, number, type_field));
    plan_.set_whole(*whole_fields_.back(), true);
  } else if (type.kind == ValueKind::kComposite && field.repeats) {
    auto elements = std::make_unique<StructColumn>(pool());
    StructColumn& structure = *elements;
    plan_.add_field(&columns_.add<ListColumn>(field.name, description, std::move(elements)));
    add_components(plan_, structure, type);
  } else if (type.kind == ValueKind::kComposite) {
    plan_.add_field();
    add_components(plan_, columns_.add<StructColumn>(field.name, description), type);
  } else if (type.kind == ValueKind::kDateTime && field.repeats) {
    plan_.add_field();
    whole_fields_.push_back(std::make_unique<RepeatedTimes>(columns_, pool(), field.name, description));
    plan_.set_whole(*whole_fields_.back(), true);
  } else if (field.repeats) {
    auto [elements, leaf] = make_element_column(type.kind, pool());
    plan_.add_field(&columns_.add<ListColumn>(field.name, description, std::move(elements)));
    plan_.add_component();
    plan_.add_leaf(leaf);
  } else {
    plan_.add_field();
    plan_.add_component();
    plan_.add_leaf(add_leaf_columns(columns_, field.name, description, type.kind), type.kind == ValueKind::kDateTime);
  }
}

bool SegmentRows::add(const MessageView& message, std::uint32_t index) {
  const SegmentTokens& segment = message.tokens->segments[index];
  const std::int64_t row = begin_row(message, index);
  header_.set(message, index, row, rescued_);
  reader_.begin_segment(message.context, segment.has_escape);
  // A later header's name may stand alone: what follows it there is the segment's terminator, or nothing.
  if (separator_ != nullptr && message.tokens->ends[segment.end_value - 1] > segment.begin + 3) {
    separator_->set_padded(row, message.tokens->text.substr(segment.begin + 3, 1));
  }
  plan_.read(*message.tokens, segment, row, reader_, {.segment = definition_.name});
  end_row();
  return true;
}

}  // namespace lakeflow::hl7v2
