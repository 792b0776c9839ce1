#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "sources/healthcare/hl7v2/tables/field_columns.h"
#include "sources/healthcare/hl7v2/tables/flag_column.h"
#include "sources/healthcare/hl7v2/tables/table_rows.h"

namespace lakeflow::hl7v2 {

// How a message fared, where it did not go to quarantine.
struct MessageFate {
  MessageTally tally;  // of the other tables
};

// Why a message, or a piece of a file that is none, went to quarantine.
struct QuarantineReason {
  std::string_view code;
  std::string_view detail;
};

// The table `messages`: a row for each message of any type, and for each piece that went to quarantine, with its header, its bytes, by what it
// was read and how it fared.
class EveryMessageRows final : public TableRows {
 public:
  explicit EveryMessageRows(std::shared_ptr<BufferPool> pool);
  // Nothing: what a message came to is known when all of its segments gave their rows.
  bool add(const MessageView&, std::uint32_t) override { return false; }
  bool needs_places() const override { return true; }
  bool tells_of_rejects() const override { return true; }

  void add_decoded(const MessageView& message, const MessageFate& fate);
  // What could be had: the header where it could be read (`message.tokens`, else null), never a patient, as nobody knows whether what stands
  // there is about one alone.
  void add_quarantined(const MessageView& message, const QuarantineReason& reason);

 private:
  void read_header(const MessageView& message, std::int64_t row, bool is_certain);
  void set_bytes(const MessageView& message, std::int64_t row);
  void count_segments(const MessageView& message, std::int64_t row);

  struct SegmentCount {
    SegmentName name;
    std::string text;
    std::int64_t count;
  };

  std::vector<SegmentCount> counts_;  // scratch
  std::unique_ptr<FieldColumns> fields_;
  IntegerColumn* message_offset_ = nullptr;
  IntegerColumn* message_length_ = nullptr;
  TextColumn* outcome_ = nullptr;
  TextColumn* quarantine_reason_ = nullptr;
  TextColumn* quarantine_detail_ = nullptr;
  TextColumn* version_read_ = nullptr;
  TextColumn* structure_read_ = nullptr;
  IntegerColumn* segment_count_ = nullptr;
  IntegerColumn* unplaced_count_ = nullptr;
  IntegerColumn* local_count_ = nullptr;
  ListColumn* unknown_segments_ = nullptr;
  TextColumn* unknown_names_ = nullptr;
  ListColumn* segments_ = nullptr;
  TextColumn* segment_names_ = nullptr;
  IntegerColumn* segment_counts_ = nullptr;
  IntegerColumn* row_count_ = nullptr;
  IntegerColumn* rescued_count_ = nullptr;
  IntegerColumn* undecodable_count_ = nullptr;
  FlagColumn* is_repeated_ = nullptr;
  FlagColumn* reuses_control_id_ = nullptr;
  TextColumn* message_hash_ = nullptr;
  TextColumn* message_bytes_ = nullptr;
};

}  // namespace lakeflow::hl7v2
