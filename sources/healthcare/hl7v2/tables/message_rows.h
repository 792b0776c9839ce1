#pragma once

#include <vector>

#include "sources/healthcare/hl7v2/tables/message_columns.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// A table of one row a message of its type: flat columns from the first segment of each name, a list from all segments of
// one, and the message itself.
class MessageRows final : public TableRows {
 public:
  explicit MessageRows(const MessageTable& table);
  bool add(const MessageView& message) override;

 private:
  // A column with the place of its value.
  struct Binding {
    Leaf leaf;
    bool is_whole = false;
    std::uint32_t field = 1;  // from 1, as are component and subcomponent
    std::uint32_t component = 1;
    std::uint32_t subcomponent = 1;
  };
  // The bindings into one kind of segment.
  struct SegmentBindings {
    SegmentName name = 0;
    std::string_view text;
    std::vector<Binding> bindings;  // by field
  };

  void bind(const MessageColumn& column, StructColumn& parent, std::vector<SegmentBindings>& segments);
  // Reads the bound values of a segment into a row. `number`: of the segment among those of its name, for the list; else 0.
  void read_segment(const MessageView& message, const SegmentTokens& segment, const SegmentBindings& bound, std::int64_t row, std::uint32_t number);
  void read_list(const MessageView& message, std::int64_t row);

  const MessageTable& table_;
  std::vector<SegmentBindings> segments_;
  std::vector<SegmentBindings> element_segments_;  // one, where there is a list
  ListColumn* list_ = nullptr;
  StructColumn* elements_ = nullptr;
  IntegerColumn* parent_number_ = nullptr;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  TextColumn* raw_message_ = nullptr;
  std::string text_;
  std::vector<std::uint32_t> field_values_;  // scratch: where the fields of a segment begin among its values
};

}  // namespace lakeflow::hl7v2
