#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "libs/hl7v2/message.h"
#include "sources/healthcare/hl7v2/tables/columns.h"
#include "sources/healthcare/hl7v2/tables/record_id.h"
#include "sources/healthcare/hl7v2/tables/value_reader.h"
#include "sources/interface/decoder.h"

namespace lakeflow::hl7v2 {

// One message, divided and in UTF-8, as the tables read it.
struct MessageView {
  const MessageTokens* tokens = nullptr;  // its first segment is MSH
  ValueContext context;
  std::string_view type;       // MSH-9.1: "ADT"
  std::uint32_t record = 0;    // index of its raw record
  std::uint64_t position = 0;  // of its first byte in the file
  std::uint64_t length = 0;    // in bytes, as it was sent
  RecordId id;                 // of its file
};

// The rows of one table while they are collected. Laid out once, filled batch after batch.
class TableRows {
 public:
  TableRows() = default;
  TableRows(const TableRows&) = delete;
  TableRows& operator=(const TableRows&) = delete;
  virtual ~TableRows() = default;

  // Appends the rows that the message gives; false where it gives none.
  virtual bool add(const MessageView& message) = 0;

  std::shared_ptr<arrow::Schema> schema() const;
  // The rows since the last call.
  Result<DecodedTable> finish();

 protected:
  // What every table begins a row with. Returns the row's number.
  std::int64_t begin_row(const MessageView& message, std::uint32_t segment_index);
  void end_row();

  StructColumn columns_;
  RescuedData rescued_;
  ValueReader reader_{rescued_};

 private:
  // The first column of every table.
  TextColumn& record_id_ = columns_.add<TextColumn>("_record_id", "key: file, position of the message, number of the segment");
  std::vector<std::uint32_t> records_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace lakeflow::hl7v2
