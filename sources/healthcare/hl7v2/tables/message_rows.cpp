#include "sources/healthcare/hl7v2/tables/message_rows.h"

#include <utility>

namespace lakeflow::hl7v2 {

MessageRows::MessageRows(const MessageTable& table, std::shared_ptr<BufferPool> pool)
    : TableRows(segment_name("MSH"), std::move(pool)), table_(table) {
  std::vector<MessageColumn> flat(shared_message_columns().begin(), shared_message_columns().end());
  flat.insert(flat.end(), table.columns.begin(), table.columns.end());
  fields_ = std::make_unique<FieldColumns>(flat, columns_);
  if (table.elements != nullptr) {
    auto structure = std::make_unique<StructColumn>(this->pool(), StructColumn::Nulls::kNever);
    elements_ = std::make_unique<ElementColumns>(*table.elements, *structure, this->pool());
    list_ = &columns_.add<ListColumn>(table.elements->list_name, table.elements->segments, std::move(structure));
  }
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  raw_message_ = &columns_.add<TextColumn>("raw_message", "the message as it was sent, in UTF-8");
}

bool MessageRows::add(const MessageView& message, std::uint32_t index) {
  if (index != 0 || message.type != table_.message_type) {
    return false;
  }
  const std::int64_t row = begin_row(message, 0);
  for (FieldColumns::OfSegment& columns : fields_->segments()) {
    if (const SegmentTokens* segment = find_segment(*message.tokens, columns.name)) {
      FieldColumns::read(message, reader_, columns, *segment, row, 0);
    }
  }
  if (list_ != nullptr) {
    read_elements(message, row);
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

void MessageRows::read_elements(const MessageView& message, std::int64_t row) {
  std::int64_t number = 0;
  for (const std::uint32_t element : elements_->find(message)) {
    elements_->read(message, reader_, element, list_->element(row, number++), true);
  }
}

ElementRows::ElementRows(const MessageTable& table, std::shared_ptr<BufferPool> pool)
    : TableRows(segment_name("MSH"), std::move(pool)), table_(table) {
  fields_ = std::make_unique<FieldColumns>(element_message_columns(), columns_);
  message_offset_ = &columns_.add<IntegerColumn>("message_offset", "byte position of the message in its file", arrow::int64());
  message_length_ = &columns_.add<IntegerColumn>("message_length", "bytes of the message", arrow::int64());
  segment_index_ = &columns_.add<IntegerColumn>("segment_index", "number of the segment in its message; MSH is 0", arrow::int64());
  elements_ = std::make_unique<ElementColumns>(*table.elements, columns_, this->pool());
}

bool ElementRows::add(const MessageView& message, std::uint32_t index) {
  if (index != 0 || message.type != table_.message_type) {
    return false;
  }
  bool added = false;
  for (const std::uint32_t element : elements_->find(message)) {
    const std::int64_t row = begin_row(message, element);
    read_message(message, element, row);
    elements_->read(message, reader_, element, row, false);
    end_row();
    added = true;
  }
  return added;
}

void ElementRows::read_message(const MessageView& message, std::uint32_t element, std::int64_t row) {
  const auto& segments = message.tokens->segments;
  const std::uint32_t patient = message.places->segments[element].patient;
  for (FieldColumns::OfSegment& columns : fields_->segments()) {
    // The header, or the patient whom the element is about.
    const std::uint32_t segment = is_header(columns.name) ? 0 : patient;
    if (segment != kNoSegment) {
      FieldColumns::read(message, reader_, columns, segments[segment], row, 0);
    }
  }
  message_offset_->set(row, static_cast<std::int64_t>(message.position));
  message_length_->set(row, static_cast<std::int64_t>(message.length));
  segment_index_->set(row, element);
}

}  // namespace lakeflow::hl7v2
