#pragma once

#include <memory>
#include <vector>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/segment_plan.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// A table of one kind of segment: a row a segment, a column a field of its definition. Composite datatypes are structs,
// repeating fields lists. A DT or DTM is the text as sent, with <name>_local and <name>_utc beside it. Fields, repetitions and
// parts that the definition lacks are rescued.
class SegmentRows final : public TableRows {
 public:
  SegmentRows(const SegmentDefinition& definition, std::shared_ptr<BufferPool> pool);
  bool add(const MessageView& message, std::uint32_t index) override;
  bool needs_places() const override { return true; }

 private:
  // `number`: from 0.
  void add_field(const FieldDefinition& field, std::uint32_t number, std::string_view description);
  void add_header(const MessageView& message, std::uint32_t index, std::int64_t row);

  const SegmentDefinition& definition_;
  SegmentPlan plan_{true};
  TextColumn* message_control_id_ = nullptr;
  TimestampColumn* message_datetime_ = nullptr;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  IntegerColumn* segment_index_ = nullptr;
  TextColumn* group_path_ = nullptr;
  TextColumn* parent_segment_ = nullptr;
  IntegerColumn* parent_segment_index_ = nullptr;
  IntegerColumn* patient_segment_index_ = nullptr;
  std::vector<std::unique_ptr<WholeField>> whole_fields_;
  TextColumn* separator_ = nullptr;  // MSH-1
};

}  // namespace lakeflow::hl7v2
