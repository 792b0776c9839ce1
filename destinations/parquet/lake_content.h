#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "destinations/interface/destination.h"

namespace arrow {
class Schema;
}

namespace lakeflow {

// A Parquet file of a table. `name` is its path from the lake's folder on: staged files lie in _lakeflow/staged, published ones in the
// table's own folder, where others read them.
struct LakeFile {
  std::string name;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  TimestampMicros written_at = 0;
  bool operator==(const LakeFile&) const = default;
};

struct LakeTable {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::string> partition_by;  // as the pipeline's file has them
  bool uniform = true;                    // all files have the schema; false: older ones lack columns or have narrower ones
  std::vector<LakeFile> published;
  std::vector<LakeFile> staged;

  std::uint64_t rows() const;
  std::uint64_t staged_bytes() const;
};

using LakeTables = std::map<TableName, std::shared_ptr<const LakeTable>>;

struct StateValue {
  std::string bytes;
  TimestampMicros updated_at = 0;
};
using StateEntries = std::map<std::string, StateValue, std::less<>>;
using LakeState = std::map<StateOwner, StateEntries>;

// What one commit does to one table, in this order.
struct TableChange {
  TableName table;
  bool removed = false;                                     // the table with all its files
  std::vector<std::string> removed_files;                   // published files that go: all of a removed table's, or those of an erasure
  std::shared_ptr<arrow::Schema> schema;                    // null: as it was
  std::optional<std::vector<std::string>> partition_by;     // likewise
  bool uniform = true;                                      // with a schema
  std::vector<LakeFile> staged;                             // files that came
  std::vector<std::pair<std::string, LakeFile>> published;  // staged name, and the file that it became
  // Of a table that was built beside the removed one: the folder that takes the place of the table's own, with the files that were published
  // in it before (their staged names are empty) and those that are to be.
  std::string built_folder;
  std::vector<std::string> dropped;  // staged names whose rows stand in another file now
};

struct StateChangeEntry {
  StateOwner owner;
  std::string name;
  std::optional<std::string> value;  // nothing: it goes
  TimestampMicros updated_at = 0;
};

// One line of the log: what was done at once.
struct LakeCommit {
  std::uint64_t number = 0;
  TimestampMicros committed_at = 0;
  std::vector<TableChange> tables;
  std::vector<StateOwner> forgotten;  // whose state went, before the entries
  std::vector<StateChangeEntry> state;
};

// All that the log says, up to one commit.
struct LakeContent {
  std::uint64_t number = 0;  // of the last commit; 0 before the first
  LakeTables tables;
  LakeState state;

  void apply(const LakeCommit& commit);
  // One commit that makes all of it from nothing.
  LakeCommit whole() const;
};

}  // namespace lakeflow
