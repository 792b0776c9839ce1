#include "sources/healthcare/hl7v2/tables/null_rows.h"

#include <utility>
#include <vector>

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <arrow/util/bit_util.h>

namespace lakeflow::hl7v2 {

std::shared_ptr<arrow::ArrayData> null_rows(const std::shared_ptr<arrow::DataType>& type, std::int64_t rows, BufferPool& pool) {
  const auto zeros = [&](std::int64_t bytes) { return pool.zeros(static_cast<std::size_t>(bytes)); };
  std::vector<std::shared_ptr<arrow::Buffer>> buffers{zeros(arrow::bit_util::BytesForBits(rows))};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  switch (type->id()) {
    case arrow::Type::STRUCT:
      for (const auto& member : type->fields()) {
        children.push_back(null_rows(member->type(), rows, pool));
      }
      break;
    case arrow::Type::LIST:
      buffers.push_back(zeros((rows + 1) * std::int64_t{sizeof(std::int32_t)}));
      children.push_back(null_rows(type->field(0)->type(), 0, pool));
      break;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      buffers.push_back(zeros((rows + 1) * std::int64_t{sizeof(std::int32_t)}));
      buffers.push_back(zeros(0));
      break;
    default: buffers.push_back(zeros(arrow::bit_util::BytesForBits(rows * type->bit_width())));
  }
  return arrow::ArrayData::Make(type, rows, std::move(buffers), std::move(children), rows);
}

}  // namespace lakeflow::hl7v2
