#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// A destination's table: a schema and a name in it.
struct TableName {
  std::string schema;
  std::string table;
  std::string text() const { return schema + "." + table; }
  auto operator<=>(const TableName&) const = default;
};

// How rows change a table.
enum class ApplyMode {
  kAppend,    // rows are added, and never compared
  kChanges,   // rows are upserts and deletes by key, ordered by the sequence (cdc, cdc_with_deletes)
  kSnapshot,  // rows are the whole table, compared by key
};

// How much of a key's past a table keeps.
enum class HistoryMode {
  kCurrent,  // SCD type 1: one row a key
};

// What a destination must do with a table's rows: compiled by the engine from the source's metadata and the pipeline's
// table configuration, executed by any destination. The rules, which the reference model states once more in plain code:
//
// kChanges: of all rows of a key that ever came, in whatever order and in whatever slices and transactions, the one with the
//   highest (sequence columns in order; a delete beats an upsert; the greater content hash) stands. If that one is a
//   delete there is no row, and `_lakeflow.tombstones` remembers its sequence, so that a late upsert loses to it.
// kSnapshot: within one snapshot the greatest content hash of a key stands; against the table's row an equal hash is
//   unchanged, another replaces. Rows whose keys the snapshot lacks go when it ended complete, and only then.
// kAppend: every row is inserted.
//
// Keys and sequences are never null here: the engine rejects such rows before.
struct ApplyPlan {
  TableName target;
  ApplyMode mode = ApplyMode::kAppend;
  HistoryMode history = HistoryMode::kCurrent;
  // All columns as they land: the source's, then the framework's (framework_columns.h).
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::string> key_columns;       // top-level columns; empty for kAppend
  std::vector<std::string> sequence_columns;  // columns or dotted paths into structs; kChanges only
  bool may_grow = true;                       // false: a table that is there keeps its columns (schema_contract)
  std::vector<std::string> partition_by;      // how a destination of files lays the rows out: columns, or "column:day", "column:month"
};

// Some rows of one table, ready to be applied.
struct ChangeSlice {
  // The plan's schema.
  std::shared_ptr<arrow::RecordBatch> rows;
  // Keys and sequences once more, extracted, narrow: columns key_0 …, sequence_0 …, delete (boolean), content_hash (int64),
  // in the order of `rows`. Null for kAppend. Sequence columns compare by their Arrow type's order; text by bytes.
  std::shared_ptr<arrow::RecordBatch> keys;
};

// What became of the rows of a slice: each is exactly one of the first five. Of rows of one key within a slice only the winner meets the
// table; the others are superseded, also where they are equal to it: so a record that came twice is unchanged when it comes in two slices,
// and superseded when it comes in one.
struct ApplyCounts {
  std::uint64_t inserted = 0;
  std::uint64_t updated = 0;     // replaced the row of its key
  std::uint64_t unchanged = 0;   // equal to what stands, or a delete of what is not there
  std::uint64_t superseded = 0;  // lost to another row of its key, or to a tombstone
  std::uint64_t deleted = 0;     // a delete that took a row away
  std::uint64_t absent = 0;      // beside these: rows taken away because a complete snapshot lacks their keys

  std::uint64_t rows() const { return inserted + updated + unchanged + superseded + deleted; }
  ApplyCounts& operator+=(const ApplyCounts& other) {
    inserted += other.inserted;
    updated += other.updated;
    unchanged += other.unchanged;
    superseded += other.superseded;
    deleted += other.deleted;
    absent += other.absent;
    return *this;
  }
  bool operator==(const ApplyCounts&) const = default;
};

}  // namespace lakeflow
