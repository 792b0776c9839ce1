#pragma once

#include <memory>

#include "sources/healthcare/hl7v2/tables/field_columns.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// The table `messages`: a row for each message of any type, with its header, its bytes, and by what it was read.
class EveryMessageRows final : public TableRows {
 public:
  explicit EveryMessageRows(std::shared_ptr<BufferPool> pool);
  // Of MSH, the whole message.
  bool add(const MessageView& message, std::uint32_t index) override;
  bool needs_places() const override { return true; }

 private:
  void count_segments(const MessageView& message, std::int64_t row);

  std::unique_ptr<FieldColumns> fields_;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  TextColumn* version_read_ = nullptr;
  TextColumn* structure_read_ = nullptr;
  IntegerColumn* segment_count_ = nullptr;
  IntegerColumn* unplaced_count_ = nullptr;
  IntegerColumn* local_count_ = nullptr;
  ListColumn* unknown_segments_ = nullptr;
  TextColumn* unknown_names_ = nullptr;
  TextColumn* message_hash_ = nullptr;
  TextColumn* message_bytes_ = nullptr;
};

}  // namespace lakeflow::hl7v2
