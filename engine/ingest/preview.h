#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "sources/interface/lakeflow_connect.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

struct PreviewRequest {
  LakeflowConnect* connector = nullptr;
  TableRequest table;
  std::size_t rows = 10;  // at most so many
  std::stop_token stop = {};
  Logger* log = &silent_logger();
};

struct Preview {
  TableMetadata metadata;
  // The source's columns, and _rescued_data as the last.
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  std::uint64_t rows = 0;
  std::uint64_t records_read = 0;
  std::map<std::string, std::uint64_t> filtered;  // by reason
  std::map<std::string, std::uint64_t> rejects;   // by reason
};

// The first rows of a table as they would be decoded. From the beginning of the source; no state is read or written.
Result<Preview> preview(const PreviewRequest& request);

}  // namespace lakeflow
