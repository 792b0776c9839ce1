#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {

// An entry of the quarantine that is decoded once more.
struct ReplayedEntry {
  std::string id;
  std::string destination_table;  // empty where a pass of several tables could not tell
  std::string reason;             // why it was rejected; empty where a person mended the bytes
  std::string origin;
  std::uint64_t position = 0;
  bool is_delete = false;
  std::string bytes;
};

// The entries as the reader of these tables would give them: divided by the connector where it can (RecordsFromBytes), else a record each.
Result<RawRecords> raw_records_of(LakeflowConnect& connector, std::span<const TableRequest> tables, std::span<const ReplayedEntry> entries);

}  // namespace lakeflow
