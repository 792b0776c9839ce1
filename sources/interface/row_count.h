#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// An optional ability: the source says how many rows a table has, by another way than its records are read (a count, a listing). So whoever
// read the table can prove that he has it all.
class RowCount {
 public:
  virtual ~RowCount() = default;
  // The rows that stand now. Nothing where the source does not count this table.
  virtual Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) = 0;
};

}  // namespace lakeflow
