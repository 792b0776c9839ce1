#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "engine/plan/table_plan.h"
#include "sources/interface/decoder.h"
#include "sources/interface/raw_records.h"

namespace lakeflow::bench {

// A table to be loaded: resources of one type.
struct Shape {
  std::string name;
  std::string type;
  int depth = 0;
  std::vector<std::string> columns;  // only these of the type's; empty: all, raw_json too
  std::size_t megabytes = 0;
  bool raw_json = true;
};

struct DecodedBatch {
  RawRecords raw;
  DecodedTable table;
  ChangeSlice prepared;  // what `changes` makes of it
};

// The rows of a table as they leave the decoder, and plans for them.
struct LoadInput {
  TablePlan append;
  TablePlan changes;
  TablePlan history;                  // SCD type 2
  std::vector<DecodedBatch> first;    // every row once
  std::vector<DecodedBatch> changed;  // a tenth of them, newer
};

Result<LoadInput> load_input(const std::filesystem::path& folder, const Shape& shape);

std::size_t rows_of(const std::vector<DecodedBatch>& batches);

}  // namespace lakeflow::bench
