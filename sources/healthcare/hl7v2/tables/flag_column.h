#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sources/healthcare/hl7v2/tables/columns.h"

namespace lakeflow::hl7v2 {

// A column of true and false, for tables of few rows: it is not made for speed.
class FlagColumn final : public Column {
 public:
  explicit FlagColumn(BufferPool& pool) : Column(pool) {}
  void set(std::int64_t row, bool value);
  bool has_values() const override { return !flags_.empty(); }

 private:
  std::shared_ptr<arrow::DataType> make_type() const override;
  Result<std::shared_ptr<arrow::ArrayData>> finish_values(std::int64_t rows) override;

  enum class Flag : std::uint8_t { kNull, kFalse, kTrue };
  std::vector<Flag> flags_;
};

}  // namespace lakeflow::hl7v2
