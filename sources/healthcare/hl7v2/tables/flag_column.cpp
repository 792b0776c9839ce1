#include "sources/healthcare/hl7v2/tables/flag_column.h"

#include <arrow/array/array_base.h>
#include <arrow/array/builder_primitive.h>

#include "base/arrow_error.h"

namespace lakeflow::hl7v2 {

void FlagColumn::set(std::int64_t row, bool value) {
  flags_.resize(static_cast<std::size_t>(row), Flag::kNull);
  flags_.push_back(value ? Flag::kTrue : Flag::kFalse);
}

Result<std::shared_ptr<arrow::ArrayData>> FlagColumn::finish_values(std::int64_t rows) {
  flags_.resize(static_cast<std::size_t>(rows), Flag::kNull);
  arrow::BooleanBuilder builder;
  LAKEFLOW_TRY(from_arrow(builder.Reserve(rows)));
  for (const Flag flag : flags_) {
    if (flag == Flag::kNull) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(flag == Flag::kTrue);
    }
  }
  flags_.clear();
  std::shared_ptr<arrow::Array> array;
  LAKEFLOW_TRY(from_arrow(builder.Finish(&array)));
  return array->data();
}

std::shared_ptr<arrow::DataType> FlagColumn::make_type() const { return arrow::boolean(); }

}  // namespace lakeflow::hl7v2
