#pragma once

#include <memory>

#include "sources/healthcare/hl7v2/tables/segment_header.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// The table of all Z segments, whatever a site means by them: a row a segment, its values as text, by field, repetition and component.
class LocalSegmentRows final : public TableRows {
 public:
  explicit LocalSegmentRows(std::shared_ptr<BufferPool> pool);
  // Of MSH, the Z segments of the message.
  bool add(const MessageView& message, std::uint32_t index) override;
  bool needs_places() const override { return true; }

 private:
  void read_fields(const MessageView& message, const SegmentTokens& segment, std::int64_t row);

  SegmentHeader header_{columns_};
  TextColumn* name_ = nullptr;
  ListColumn* fields_ = nullptr;
  ListColumn* repetitions_ = nullptr;
  ListColumn* components_ = nullptr;
  TextColumn* values_ = nullptr;
};

}  // namespace lakeflow::hl7v2
