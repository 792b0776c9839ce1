#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sources/healthcare/hl7v2/tables/field_columns.h"

namespace lakeflow::hl7v2 {

// The elements of messages, and the columns of one: bound once, read element by element.
class ElementColumns {
 public:
  // Adds the columns to the parent, their memory from its pool.
  ElementColumns(const MessageElements& elements, StructColumn& parent, BufferPool& pool);

  // The elements of the message, by the index of their segment; good until the next call.
  const std::vector<std::uint32_t>& find(const MessageView& message);

  // `is_numbered`: the row has several elements, and what is rescued says of which segment it is.
  void read(const MessageView& message, ValueReader& reader, std::uint32_t element, std::int64_t row, bool is_numbered);

 private:
  // `numbers`: of each segment of the message among those of its name; null where what is rescued need not say it.
  void read_columns(const MessageView& message, ValueReader& reader, std::uint32_t element, std::int64_t row,
                    const std::vector<std::uint32_t>* numbers);
  // The segment of that name that has to do with the element; kNoSegment where there is none.
  std::uint32_t segment_of(const MessageView& message, std::uint32_t element, SegmentName name) const;
  bool is_element(SegmentName name) const;

  std::vector<SegmentName> segments_;
  SegmentName bare_segment_ = 0;
  std::unique_ptr<FieldColumns> fields_;
  TextColumn* segment_name_ = nullptr;
  IntegerColumn* number_ = nullptr;
  SegmentName numbered_ = 0;         // of number_
  ListColumn* part_list_ = nullptr;  // of parts_
  std::unique_ptr<ElementColumns> parts_;
  std::vector<std::uint32_t> found_;    // scratch
  std::vector<std::uint32_t> numbers_;  // scratch: of each segment among those of its name, from 1
};

}  // namespace lakeflow::hl7v2
