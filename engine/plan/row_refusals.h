#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "engine/plan/column_path.h"
#include "sources/interface/decoder.h"

namespace arrow {
class Array;
}

namespace lakeflow {

// Which rows of a batch must go, and why: one reason a row, the first that was found. Costs next to nothing while there is none.
class RowRefusals {
 public:
  // "unexpected_delete", "missing_key", "missing_sequence", in this order. A delete needs no sequence: it has that of what it deletes.
  static Result<RowRefusals> find(const DecodedTable& decoded, const RawRecords& raw, ApplyMode mode, const std::vector<ColumnPath>& keys,
                                  const std::vector<ColumnPath>& sequences);

  bool empty() const { return count_ == 0; }
  std::vector<Reject> rejects(std::span<const std::uint32_t> records) const;
  // The rows that stay, copied.
  Result<DecodedTable> take_others(const DecodedTable& decoded) const;

 private:
  struct Why {
    std::string_view reason;
    std::string_view column;
  };

  explicit RowRefusals(std::int64_t rows) : rows_(static_cast<std::size_t>(rows)) {}
  void add(std::int64_t row, std::string_view reason, std::string_view column);
  void add_nulls(const arrow::Array& values, std::string_view reason, std::string_view column);
  void add_null_upserts(const arrow::Array& values, const DecodedTable& decoded, const RawRecords& raw, std::string_view column);
  template <typename FloatArray>
  void add_not_a_number(const arrow::Array& values, std::string_view column);

  std::size_t rows_;
  std::size_t count_ = 0;
  std::vector<Why> why_;  // of every row, once there is one refusal; views of literals and of the paths
};

}  // namespace lakeflow
