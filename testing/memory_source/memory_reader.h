#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sources/interface/record_reader.h"
#include "testing/memory_source/memory_system.h"

namespace lakeflow {

// Which entries of a log a reader gives.
enum class MemoryView {
  kUpserts,  // read_table of a table whose deletes are read apart
  kDeletes,  // read_table_deletes
  kAll,
  kSnapshot,  // what stands at the moment of opening: the last entry of each key
};

// Reads the log of a table from the offset on. Resumed with keyed state that does not fit its offset, it fails: state
// and offset are committed together or the engine is wrong.
Result<std::unique_ptr<RecordReader>> open_memory_reader(std::shared_ptr<MemorySystem> system, const MemoryTable& table, MemoryView view,
                                                         const Offset& start, const ReadContext& context);

}  // namespace lakeflow
