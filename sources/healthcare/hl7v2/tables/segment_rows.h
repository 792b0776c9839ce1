#pragma once

#include <memory>
#include <vector>

#include "libs/hl7v2/dictionary.h"
#include "sources/healthcare/hl7v2/tables/segment_header.h"
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

  const SegmentDefinition& definition_;
  SegmentPlan plan_{true};
  SegmentHeader header_{columns_};
  std::vector<std::unique_ptr<WholeField>> whole_fields_;
  TextColumn* separator_ = nullptr;  // MSH-1
};

}  // namespace lakeflow::hl7v2
