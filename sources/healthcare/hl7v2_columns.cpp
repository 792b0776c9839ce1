#include "sources/healthcare/hl7v2_columns.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/util/key_value_metadata.h>

#include "base/arrow_error.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow::hl7v2 {

template <typename Builder, typename Value>
Result<std::shared_ptr<arrow::Array>> ValueColumn<Builder, Value>::finish(std::int64_t rows) {
  pass_over(rows);
  LAKEFLOW_TRY(from_arrow(std::exchange(failure_, arrow::Status::OK())));
  return from_arrow(builder_.Finish());
}

template class ValueColumn<arrow::StringBuilder, std::string_view>;
template class ValueColumn<arrow::Int64Builder, std::int64_t>;
template class ValueColumn<arrow::DoubleBuilder, double>;
template class ValueColumn<arrow::Date32Builder, std::int32_t>;
template class ValueColumn<arrow::TimestampBuilder, std::int64_t>;

void StructColumn::mark_new(std::int64_t row) {
  failure_ &= valid_.Append(row - valid_.length(), false);
  failure_ &= valid_.Append(true);
  last_marked_ = row;
}

arrow::FieldVector StructColumn::fields() const {
  arrow::FieldVector fields;
  for (const Child& child : children_) {
    std::shared_ptr<arrow::KeyValueMetadata> metadata;
    if (!child.description.empty()) {
      metadata = arrow::key_value_metadata({std::string(kDescription)}, {child.description});
    }
    fields.push_back(arrow::field(child.name, child.column->type(), true, std::move(metadata)));
  }
  return fields;
}

std::shared_ptr<arrow::DataType> StructColumn::type() const { return arrow::struct_(fields()); }

Result<std::vector<std::shared_ptr<arrow::Array>>> StructColumn::finish_columns(std::int64_t rows) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  arrays.reserve(children_.size());
  for (const Child& child : children_) {
    LAKEFLOW_ASSIGN(arrays.emplace_back(), child.column->finish(rows));
  }
  return arrays;
}

Result<std::shared_ptr<arrow::Array>> StructColumn::finish(std::int64_t rows) {
  if (last_marked_ < 0) {
    return from_arrow(arrow::MakeArrayOfNull(type(), rows));
  }
  failure_ &= valid_.Append(rows - valid_.length(), false);
  LAKEFLOW_TRY(from_arrow(std::exchange(failure_, arrow::Status::OK())));
  LAKEFLOW_ASSIGN(auto arrays, finish_columns(rows));
  const std::int64_t nulls = valid_.false_count();
  LAKEFLOW_ASSIGN(auto bitmap, from_arrow(valid_.Finish()));
  last_marked_ = -1;
  return std::shared_ptr<arrow::Array>(std::make_shared<arrow::StructArray>(type(), rows, std::move(arrays), std::move(bitmap), nulls));
}

void ListColumn::begin(std::int64_t row) {
  const std::int64_t missing = row - valid_.length();
  failure_ &= offsets_.Append(missing + 1, static_cast<std::int32_t>(element_count_));
  failure_ &= valid_.Append(missing, false);
  failure_ &= valid_.Append(true);
  first_element_ = element_count_;
  last_row_ = row;
}

Result<std::shared_ptr<arrow::Array>> ListColumn::finish(std::int64_t rows) {
  if (last_row_ < 0) {
    return from_arrow(arrow::MakeArrayOfNull(type(), rows));
  }
  const std::int64_t missing = rows - valid_.length();
  failure_ &= offsets_.Append(missing + 1, static_cast<std::int32_t>(element_count_));
  failure_ &= valid_.Append(missing, false);
  LAKEFLOW_TRY(from_arrow(std::exchange(failure_, arrow::Status::OK())));
  LAKEFLOW_ASSIGN(auto elements, elements_->finish(element_count_));
  const std::int64_t nulls = valid_.false_count();
  LAKEFLOW_ASSIGN(auto bitmap, from_arrow(valid_.Finish()));
  LAKEFLOW_ASSIGN(auto offsets, from_arrow(offsets_.Finish()));
  last_row_ = -1;
  first_element_ = element_count_ = 0;
  return std::shared_ptr<arrow::Array>(
      std::make_shared<arrow::ListArray>(type(), rows, std::move(offsets), std::move(elements), std::move(bitmap), nulls));
}

}  // namespace lakeflow::hl7v2
