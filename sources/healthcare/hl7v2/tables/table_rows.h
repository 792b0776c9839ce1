#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "libs/hl7v2/message.h"
#include "libs/hl7v2/segment_placer.h"
#include "sources/healthcare/hl7v2/tables/columns.h"
#include "sources/healthcare/hl7v2/tables/record_id.h"
#include "sources/healthcare/hl7v2/tables/value_reader.h"
#include "sources/interface/decoder.h"

namespace lakeflow::hl7v2 {

// What every row of a segment has from its message's MSH, read once.
struct HeaderValues {
  std::string_view control_id;           // MSH-10, behind it bytes that may be read; empty where there is none
  std::optional<std::int64_t> datetime;  // MSH-7 as written, in microseconds
  std::optional<std::int64_t> instant;   // that it means, likewise
  const RescuedMembers* rescued = nullptr;
};

// One message, divided and in UTF-8, as the tables read it.
struct MessageView {
  const MessageTokens* tokens = nullptr;  // its first segment is MSH; behind its text kPadding bytes may be read
  ValueContext context;
  HeaderValues header;
  const MessagePlaces* places = nullptr;  // of its segments; null where no table needs them
  std::string_view bytes;                 // as they were sent
  std::string_view type;                  // MSH-9.1: "ADT"
  std::uint32_t record = 0;               // index of its raw record
  std::uint32_t note = 0;                 // of that (repeats/message_identity.h)
  std::uint64_t position = 0;             // of its first byte in the file
  std::uint64_t length = 0;               // in bytes, as it was sent
  RecordId id;                            // of its file
};

// The rows of one table while they are collected. Laid out once, filled batch after batch.
class TableRows {
 public:
  // The columns' memory comes from the pool, and goes back there when their batches are let go.
  TableRows(SegmentName segment, std::shared_ptr<BufferPool> pool) : segment_(segment), pool_(std::move(pool)) {}
  TableRows(const TableRows&) = delete;
  TableRows& operator=(const TableRows&) = delete;
  virtual ~TableRows() = default;

  // The segment that gives this table its rows: MSH where they are whole messages; 0: no segment does, the decoder adds them by itself.
  SegmentName segment() const { return segment_; }
  // Whether add() reads the places of segments.
  virtual bool needs_places() const { return false; }
  // As DecodedTable has it.
  virtual bool tells_of_rejects() const { return false; }
  // Where rows and rescued values are counted from now on; lives as long as this.
  void count_in(MessageTally& tally) {
    tally_ = &tally;
    rescued_.count_in(tally);
  }
  // Appends the rows that this segment of the message gives, which bears that name; false where it gives none.
  virtual bool add(const MessageView& message, std::uint32_t index) = 0;

  std::shared_ptr<arrow::Schema> schema() const;
  // The rows since the last call.
  Result<DecodedTable> finish();

 protected:
  // What every table begins a row with. Returns the row's number.
  std::int64_t begin_row(const MessageView& message, std::uint32_t segment_index);
  void end_row() { rescued_.end_row(static_cast<std::int64_t>(records_.size()) - 1); }

 private:
  const SegmentName segment_;
  std::shared_ptr<BufferPool> pool_;

 protected:
  BufferPool& pool() { return *pool_; }

  StructColumn columns_{*pool_, StructColumn::Nulls::kNever};
  RescuedData rescued_;
  ValueReader reader_{rescued_};

 private:
  // The first column of every table.
  TextColumn& record_id_ = columns_.add<TextColumn>("_record_id", "key: file, position of the message, number of the segment");
  std::vector<std::uint32_t> records_;
  MessageTally own_tally_;
  MessageTally* tally_ = &own_tally_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatch> no_rows_;  // made once: most of many tables have none in a batch
};

}  // namespace lakeflow::hl7v2
