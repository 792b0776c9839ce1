#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace arrow {
class Array;
class DataType;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// A column of a schema, or a member of its structs: "id", "meta.lastUpdated". A column whose own name has dots goes first.
class ColumnPath {
 public:
  // A user error with the nearest name where there is none such, or where a step leads into what is no struct.
  static Result<ColumnPath> find(const arrow::Schema& schema, std::string_view path);

  const std::string& text() const { return text_; }
  const std::shared_ptr<arrow::DataType>& type() const { return type_; }
  // The index of the column, then those of members.
  const std::vector<int>& steps() const { return steps_; }
  bool is_top_level() const { return steps_.size() == 1; }

  // The values, null where a struct on the way is null. Shared with the batch where nothing has to be combined.
  Result<std::shared_ptr<arrow::Array>> extract(const arrow::RecordBatch& rows) const;

 private:
  std::string text_;
  std::vector<int> steps_;
  std::shared_ptr<arrow::DataType> type_;
};

}  // namespace lakeflow
