#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "engine/decode/column.h"

namespace lakeflow {

// Turns columns into Arrow arrays. Arrays of only nulls share the pool's zeros. Those that lie in structs are a little longer than the
// struct, as Arrow allows, so that they serve for the next batches: wide schemas have thousands of them.
class ArrayFinisher {
 public:
  explicit ArrayFinisher(BufferPool& pool) : pool_(pool) {}

  // The column's first `rows` rows, the missing ones null. Its blocks go into the array: reset() it before it is used again.
  std::shared_ptr<arrow::ArrayData> finish(Column& column, std::uint32_t rows);

 private:
  std::shared_ptr<arrow::ArrayData> nulls(Column& column, std::uint32_t rows);
  // The members of a struct as if all were null, each `rows` long or longer.
  const std::vector<std::shared_ptr<arrow::ArrayData>>& null_members(Column& object, std::uint32_t rows);

  BufferPool& pool_;
};

}  // namespace lakeflow
