#include "engine/plan/column_path.h"

#include <arrow/array/array_nested.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/arrow_error.h"
#include "base/options.h"

namespace lakeflow {
namespace {

int index_of(const arrow::FieldVector& fields, std::string_view name) {
  for (std::size_t index = 0; index < fields.size(); ++index) {
    if (fields[index]->name() == name) {
      return static_cast<int>(index);
    }
  }
  return -1;
}

Error unknown_column(const arrow::FieldVector& fields, std::string_view path, std::string_view step, std::string_view before) {
  std::vector<std::string> names;
  for (const auto& field : fields) {
    names.push_back(field->name());
  }
  const std::optional<std::string> nearest = nearest_name(step, names);
  return Error::user(fmt::format("there is no column {}", path),
                     nearest ? fmt::format("did you mean {}{}?", before, *nearest) : fmt::format("there are: {}", fmt::join(names, ", ")));
}

}  // namespace

Result<ColumnPath> ColumnPath::find(const arrow::Schema& schema, std::string_view path) {
  ColumnPath found;
  found.text_ = path;
  arrow::FieldVector fields = schema.fields();
  if (const int whole = index_of(fields, path); whole >= 0) {
    found.steps_ = {whole};
    found.type_ = fields[static_cast<std::size_t>(whole)]->type();
    return found;
  }
  std::size_t start = 0;
  while (true) {
    const std::size_t dot = path.find('.', start);
    const std::string_view step = path.substr(start, dot == std::string_view::npos ? dot : dot - start);
    const int index = index_of(fields, step);
    if (index < 0) {
      return std::unexpected(unknown_column(fields, path, step, path.substr(0, start)));
    }
    found.steps_.push_back(index);
    found.type_ = fields[static_cast<std::size_t>(index)]->type();
    if (dot == std::string_view::npos) {
      return found;
    }
    if (found.type_->id() != arrow::Type::STRUCT) {
      return std::unexpected(
          Error::user(fmt::format("there is no column {}: {} is no struct but {}", path, path.substr(0, dot), found.type_->ToString())));
    }
    fields = found.type_->fields();
    start = dot + 1;
  }
}

Result<std::shared_ptr<arrow::Array>> ColumnPath::extract(const arrow::RecordBatch& rows) const {
  std::shared_ptr<arrow::Array> values = rows.column(steps_.front());
  for (std::size_t step = 1; step < steps_.size(); ++step) {
    LAKEFLOW_ASSIGN(values, from_arrow(static_cast<const arrow::StructArray&>(*values).GetFlattenedField(steps_[step])));
  }
  return values;
}

}  // namespace lakeflow
