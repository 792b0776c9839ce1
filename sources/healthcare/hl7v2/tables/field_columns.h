#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sources/healthcare/hl7v2/tables/message_columns.h"
#include "sources/healthcare/hl7v2/tables/segment_plan.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// Columns that take single values out of segments by their paths ("PID-5.2"). Laid out once.
class FieldColumns {
 public:
  // What is read of one kind of segment.
  struct OfSegment {
    SegmentName name = 0;
    std::string_view text;
    SegmentPlan plan{false};
    std::vector<std::unique_ptr<WholeField>> whole_fields;
  };

  // Adds the columns to the parent.
  FieldColumns(std::span<const MessageColumn> columns, StructColumn& parent);

  std::vector<OfSegment>& segments() { return segments_; }

  // Reads a segment into a row. `number`: of the segment among those of its name where the row takes values from several, else 0.
  static void read(const MessageView& message, ValueReader& reader, OfSegment& columns, const SegmentTokens& segment, std::int64_t row,
                   std::uint32_t number);

 private:
  std::vector<OfSegment> segments_;
};

}  // namespace lakeflow::hl7v2
