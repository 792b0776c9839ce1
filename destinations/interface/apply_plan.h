#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"

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
  kCurrent,   // SCD type 1: one row a key
  kVersions,  // SCD type 2: one row a version, from __START_AT on, up to __END_AT where that is not null
};

// What a destination must do with a table's rows: compiled by the engine from the source's metadata and the pipeline's
// table configuration, executed by any destination. The rules, which the reference model states once more in plain code:
//
// kChanges: rows are events of their keys, and a key has one event at a sequence (the values of the sequence columns, in order): of all that
//   came for it a delete beats an upsert, then the greater content hash wins. So it does not count in which order, slices and transactions
//   they come. A delete with a null in its sequence takes the place of what it deletes: the greatest sequence of its key among the rows
//   that came before it, in the slice, in the table or in the tombstones; where there is none it changes nothing and is not remembered.
//   kCurrent: the event with the highest sequence stands. If that one is a delete there is no row, and `_lakeflow.tombstones` remembers it,
//     so that a late upsert loses to it.
//   kVersions: each upsert is a row. Its __START_AT is its sequence, its __END_AT that of the next event of its key, be it an upsert or a
//     delete, or null where it is the last: so one that comes late gets its place between, and shortens the one before it. All deletes
//     are remembered in `_lakeflow.tombstones`; the end of a version tells of its delete even after that was forgotten.
//     With merges_versions, upserts that follow each other without another event between, and are equal in their tracked hashes, are one
//     version: the first one's __START_AT, the last one's content. The others are kept aside in the schema _lakeflow and come back when a
//     late event parts the version. Of those kept aside for longer than tombstones are, the first of each version stays and the ones
//     between are forgotten: a version that is parted later has the content, and begins anew, where the known ones do.
// kSnapshot: within one snapshot the greatest content hash of a key stands; against what stands in the table an equal hash is unchanged.
//   kCurrent: another hash replaces the row. Rows whose keys the snapshot lacks go when it ended complete, and only then.
//   kVersions: another hash ends the version that stands and begins one; so does an absent key when the snapshot ended complete (and only
//     then) end its version, and a key that returns begins one. All this happens at one time: snapshot_at, but always later than every
//     __START_AT and __END_AT in the table, as the clock may have been set back. No row is taken away.
// kAppend: every row is inserted.
//
// Keys are never null here, nor are the sequences of upserts: the engine rejects such rows before. What the framework adds
// (framework_columns.h) is outside comparison. A table that holds rows in one mode is not taken for another: a user error, with advice.
struct ApplyPlan {
  TableName target;
  ApplyMode mode = ApplyMode::kAppend;
  HistoryMode history = HistoryMode::kCurrent;
  // All columns as they land: the source's, then the framework's (framework_columns.h).
  // With kVersions the last two are __START_AT and __END_AT, both of one type: that of the sequence column, a struct of them (its members
  // named as sequence_columns) where there are several, a timestamp[us, UTC] for snapshots.
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::string> key_columns;       // top-level columns; empty for kAppend
  std::vector<std::string> sequence_columns;  // columns or dotted paths into structs; kChanges only
  bool may_grow = true;                       // false: a table that is there keeps its columns (schema_contract)
  std::vector<std::string> partition_by;      // how a destination of files lays the rows out: columns, or "column:day", "column:month"
  bool merges_versions = false;               // kChanges with kVersions: of versions equal in _tracked_hash, one after the other, make one
  TimestampMicros snapshot_at = 0;            // kSnapshot with kVersions: when the run began that reads it
};

// Some rows of one table, ready to be applied.
struct ChangeSlice {
  // The plan's schema, but without __START_AT and __END_AT: these are the destination's to find.
  std::shared_ptr<arrow::RecordBatch> rows;
  // Keys and sequences once more, extracted, narrow: columns key_0 …, sequence_0 …, delete (boolean), content_hash (int64) and, where
  // the plan merges_versions, tracked_hash (int64), in the order of `rows`. Null for kAppend. Sequence columns compare by their Arrow type's order;
  // text by bytes.
  std::shared_ptr<arrow::RecordBatch> keys;
};

// What became of the rows of a slice: each is exactly one of the first five. Of rows of one key within a slice only the winner meets the
// table; the others are superseded, also where they are equal to it: so a record that came twice is unchanged when it comes in two slices,
// and superseded when it comes in one. With kVersions read "of its key and sequence" (of changes), and what is said of versions.
//
// The rows of a table: after + deleted + absent + merged = before + inserted + ended.
struct ApplyCounts {
  std::uint64_t inserted = 0;    // kVersions: a version that was not there
  std::uint64_t updated = 0;     // replaced the row of its key (kVersions: the version of its sequence, or of this very snapshot)
  std::uint64_t unchanged = 0;   // equal to what stands, or a delete of what is not there (kVersions: that ends no version)
  std::uint64_t superseded = 0;  // lost to another row of its key, or to a tombstone
  std::uint64_t deleted = 0;     // a delete that took a row away (kVersions: or ended a version)
  std::uint64_t absent = 0;      // beside these: rows taken away (kVersions: versions ended) because a complete snapshot lacks their keys
  // kVersions only, for the balance of rows:
  std::uint64_t ended = 0;  // of deleted and absent, those that ended a version and took no row away
  std::int64_t merged = 0;  // versions that became one with another, less those that came back from it
  // Of unchanged, the deletes of what is not there: of a first load all that the source tells of.
  std::uint64_t already_gone = 0;

  std::uint64_t rows() const { return inserted + updated + unchanged + superseded + deleted; }
  ApplyCounts& operator+=(const ApplyCounts& other) {
    inserted += other.inserted;
    updated += other.updated;
    unchanged += other.unchanged;
    superseded += other.superseded;
    deleted += other.deleted;
    absent += other.absent;
    ended += other.ended;
    merged += other.merged;
    already_gone += other.already_gone;
    return *this;
  }
  bool operator==(const ApplyCounts&) const = default;
};

}  // namespace lakeflow
