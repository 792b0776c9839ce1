#pragma once

#include <memory>
#include <vector>

#include "sources/healthcare/hl7v2/tables/message_columns.h"
#include "sources/healthcare/hl7v2/tables/segment_plan.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// A table of one row a message of its type: flat columns from the first segment of each name, a list from all segments of
// one, and the message itself.
class MessageRows final : public TableRows {
 public:
  MessageRows(const MessageTable& table, std::shared_ptr<BufferPool> pool);
  // Of MSH, the whole message.
  bool add(const MessageView& message, std::uint32_t index) override;

 private:
  // What is read of one kind of segment.
  struct SegmentColumns {
    SegmentName name = 0;
    std::string_view text;
    SegmentPlan plan{false};
    std::vector<std::unique_ptr<WholeField>> whole_fields;
  };

  void add_columns(std::span<const MessageColumn> columns, StructColumn& parent, std::vector<SegmentColumns>& segments);
  void read(const MessageView& message, const SegmentTokens& segment, const SegmentColumns& columns, std::int64_t row, std::uint32_t number);
  void read_flat(const MessageView& message, std::int64_t row);
  void read_list(const MessageView& message, std::int64_t row);

  const MessageTable& table_;
  std::vector<SegmentColumns> segments_;
  std::vector<SegmentColumns> element_segments_;  // one, where there is a list
  ListColumn* list_ = nullptr;
  IntegerColumn* parent_number_ = nullptr;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  TextColumn* raw_message_ = nullptr;
  std::string text_;
};

}  // namespace lakeflow::hl7v2
