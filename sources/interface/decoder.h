#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "sources/interface/raw_records.h"

namespace arrow {
class RecordBatch;
class Schema;
class StringArray;
}  // namespace arrow

namespace lakeflow {

// A record, or a part of one, that could not become a row. It goes to quarantine with its bytes.
struct Reject {
  std::uint32_t record = 0;  // index into RawRecords::records
  std::string reason;        // a code in snake_case: "invalid_json", "missing_key"
  std::string detail;        // where and what, without patients' data: "byte 812", "column id"
};

// The rows of one table.
struct DecodedTable {
  // Exactly the columns of the table's schema.
  std::shared_ptr<arrow::RecordBatch> rows;
  // For each row what did not fit, as a JSON object from path to the value as sent ({"name[0].use":7}); null where all
  // fitted. Same length as rows; may be null where no row has any.
  std::shared_ptr<arrow::StringArray> rescued;
  // For each row the index of its raw record.
  std::vector<std::uint32_t> records;
  // The rows tell how records fared rather than hold them: there is one for each that was rejected, too, and for each that is broken
  // (numbered as RawRecords::record has it). They go to quarantine all the same.
  bool tells_of_rejects = false;
};

struct DecodedRecords {
  std::vector<DecodedTable> tables;  // in the order of the tables that the decoder was made for
  // Whole records that gave no rows at all. Each raw record is decoded, rejected or filtered, exactly one of the three.
  std::vector<Reject> rejects;
  // Records that are none of the tables' business ("other_message_type"), by reason: read, counted, left out.
  std::map<std::string, std::uint64_t> filtered;
  // Decoded records of which a person should know something ("unknown_version"), by code: shown in the run's report, and part of no balance.
  std::map<std::string, std::uint64_t> remarks = {};
};

// Turns raw records into typed columns. The framework has one for JSON, driven by the schema; a connector whose records
// are something else brings its own. Used by one thread at a time; batches may outlive the decoder, and a batch's memory
// may be used again once it was let go.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Bad data is a reject or a rescued value, never an error.
  virtual Result<DecodedRecords> decode(const RawRecords& raw) = 0;
};

}  // namespace lakeflow
