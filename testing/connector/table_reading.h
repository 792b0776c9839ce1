#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/logging.h"
#include "sources/interface/lakeflow_connect.h"
#include "testing/connector/column_times.h"
#include "testing/connector/keyed_state.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow {

// Stands behind the text of each primary key in ReadRow::key.
inline constexpr char kEndOfKey = '\x1f';

// A row as a check looks at it: of whom, of when, and whether it is the same as another one.
struct ReadRow {
  std::string key;  // the primary keys as one text; the content's hash where the table has none
  std::string sequence;
  std::optional<TimestampMicros> time = {};  // the same, where it is one
  std::uint64_t content = 0;
  bool deleted = false;
  bool lacks_key = false;
  bool lacks_sequence = false;  // of a table with a cursor field

  auto operator<=>(const ReadRow&) const = default;
};

// A place from which a reader said that one could go on.
struct ReadPlace {
  std::size_t rows = 0;  // that were returned before it
  Offset offset;
  std::size_t deltas = 0;  // of TableReading::deltas, that go with it
};

// All that came of reading a table from an offset until it was caught up, through as many reads as it took.
struct TableReading {
  std::vector<ReadRow> rows;
  std::vector<ReadPlace> places;
  std::vector<StateDelta> deltas;
  KeyedState state;  // at the last place

  std::optional<End> end;      // kComplete or kCaughtUp; nothing where it was broken off
  std::optional<Error> error;  // that ended it
  bool cut = false;            // at ReadRequest::record_limit
  std::string endless;         // why it was given up: "2000 calls in a row gave nothing"

  std::uint64_t calls = 0;  // of next()
  std::uint64_t reads = 0;
  std::uint64_t records = 0;
  std::map<std::string, std::uint64_t> rejects;   // by reason, broken records included
  std::map<std::string, std::uint64_t> filtered;  // by reason
  std::map<std::string, std::uint64_t> misfits;   // rows by the path of what did not fit a declared column
  std::map<std::string, std::uint64_t> unknown;   // rows by the name of the member that no column is for
  std::set<std::string> filled;                   // columns that had a value
  std::set<std::string> sent;                     // members of the first records, where they are JSON objects: what is sent as null is among them
  std::set<std::string> sent_values;              // those of them that were sent with a value
  std::size_t records_looked_into = 0;            // for `sent`
  std::map<std::string, ColumnTimes> times;       // by path
  std::size_t largest_batch = 0;                  // bytes of records in one call
  double slowest_call = 0;                        // seconds

  // Records that the source sent: those that the reader left out, too.
  std::uint64_t records_sent() const;
  const ReadPlace* last_place() const { return places.empty() ? nullptr : &places.back(); }
  // The keyed state as it was at a place.
  KeyedState state_at(const KeyedState& start, const ReadPlace& place) const;
};

struct ReadRequest {
  Offset offset = {};
  KeyedState state = {};
  bool deletes = false;  // read_table_deletes
  std::size_t batch_bytes = 4U << 20U;
  bool commits_at_the_end = false;  // of a read, or at an error: as one large chunk; else after each call that gave an offset
  std::size_t record_limit = 0;     // stops the reading behind so many; 0: none
  std::stop_token stop = {};
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  Logger* log = &silent_logger();
  const StandingKeys* standing_keys = nullptr;
};

// A table that is read, with what its connector declares.
struct TableUnderTest {
  TableRequest request;
  std::shared_ptr<arrow::Schema> schema;
  TableMetadata metadata;
};

// Opens the table's reader: alone, also where other tables could share its pass.
Result<std::unique_ptr<RecordReader>> open_reader(LakeflowConnect& connector, const TableRequest& table, bool deletes, const Offset& offset,
                                                  const ReadContext& context);

// Reads as an ingest does: from the offset on, committing each offset with its keyed state, until the table is caught up. Never an error itself: what
// goes wrong is in the reading.
TableReading read_table(LakeflowConnect& connector, const TableUnderTest& table, const ReadRequest& request);

}  // namespace lakeflow
