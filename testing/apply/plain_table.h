#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/plan/table_plan.h"
#include "sources/interface/decoder.h"
#include "sources/interface/table_metadata.h"
#include "testing/apply/model_record.h"

namespace lakeflow {

// Tables and records as a test writes them down, and their ways into the engine and out of a destination.

enum class PlainType { kText, kInteger, kBoolean, kTimestamp };

struct PlainColumn {
  std::string path;  // "id", or "meta.version": a member of a struct, whose other members stand beside it
  PlainType type = PlainType::kText;
};

struct PlainTable {
  IngestionType ingestion_type = IngestionType::kCdc;
  std::optional<ScdType> scd_type;
  std::vector<PlainColumn> columns;
  std::vector<std::string> keys;
  std::vector<std::string> sequence;
  std::vector<std::string> track_history_except;

  TableName target() const { return {"main", "subject"}; }
  bool keeps_history() const { return scd_type == ScdType::kType2; }
  Result<TablePlan> plan(TimestampMicros run_started_at = 0) const;
};

struct PlainRecord {
  bool is_delete = false;
  PlainValues values;  // one a column; a timestamp is its microseconds
};

// A value as the case files write it: null, true, 7, "two words", 2024-01-01T00:00:00Z. User errors where it is not of the type.
Result<PlainValue> parse_plain_value(std::string_view text, PlainType type);
std::string plain_text(const PlainTable& table, const PlainValues& values);  // separated by spaces
// A version's start or end, of a table with history: 7, or 7/b where there are two sequence columns; null where it is empty.
Result<PlainValues> parse_end(std::string_view text, const PlainTable& table);
std::string end_text(const PlainTable& table, const PlainValues& end);

// What a reader and a decoder would have made of the records.
struct PlainBatch {
  RawRecords raw;
  DecodedTable decoded;
};
Result<PlainBatch> decode_plain(const PlainTable& table, std::span<const PlainRecord> records);

// The destination's committed rows as plain_text, sorted; only the source's columns and, with history, __START_AT and __END_AT.
Result<std::vector<std::string>> read_plain(Destination& destination, const PlainTable& table);

}  // namespace lakeflow
