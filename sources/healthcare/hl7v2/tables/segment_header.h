#pragma once

#include <cstdint>

#include "sources/healthcare/hl7v2/tables/columns.h"
#include "sources/healthcare/hl7v2/tables/rescued_data.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// The columns that every table of segments begins with, behind its key: whose message it is, where in its file and in its structure the
// segment stands.
class SegmentHeader {
 public:
  explicit SegmentHeader(StructColumn& columns);
  // The message has its places.
  void set(const MessageView& message, std::uint32_t index, std::int64_t row, RescuedData& rescued);

 private:
  TextColumn& message_control_id_;
  TimestampColumn& message_datetime_;
  TimestampColumn& message_datetime_utc_;
  DenseIntegerColumn& message_offset_;
  DenseIntegerColumn& message_length_;
  DenseIntegerColumn& segment_index_;
  TextColumn& group_path_;
  TextColumn& parent_segment_;
  IntegerColumn& parent_segment_index_;
  IntegerColumn& patient_segment_index_;
};

}  // namespace lakeflow::hl7v2
