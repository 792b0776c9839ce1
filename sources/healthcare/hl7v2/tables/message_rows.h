#pragma once

#include <memory>
#include <string>

#include "sources/healthcare/hl7v2/tables/field_columns.h"
#include "sources/healthcare/hl7v2/tables/message_elements.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// A table of one row a message of its type: flat columns from the first segment of each name, a list of its elements, and the
// message itself.
class MessageRows final : public TableRows {
 public:
  MessageRows(const MessageTable& table, std::shared_ptr<BufferPool> pool);
  // Of MSH, the whole message.
  bool add(const MessageView& message, std::uint32_t index) override;
  bool needs_places() const override { return list_ != nullptr; }

 private:
  void read_elements(const MessageView& message, std::int64_t row);

  const MessageTable& table_;
  std::unique_ptr<FieldColumns> fields_;
  ListColumn* list_ = nullptr;
  std::unique_ptr<ElementColumns> elements_;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  TextColumn* raw_message_ = nullptr;
  std::string text_;
};

// A table of one row an element of the messages of a type: an observation, a vaccination.
class ElementRows final : public TableRows {
 public:
  ElementRows(const MessageTable& table, std::shared_ptr<BufferPool> pool);
  // Of MSH, the elements of the message.
  bool add(const MessageView& message, std::uint32_t index) override;
  bool needs_places() const override { return true; }

 private:
  void read_message(const MessageView& message, std::uint32_t element, std::int64_t row);

  const MessageTable& table_;
  std::unique_ptr<FieldColumns> fields_;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  IntegerColumn* segment_index_ = nullptr;
  std::unique_ptr<ElementColumns> elements_;
};

}  // namespace lakeflow::hl7v2
