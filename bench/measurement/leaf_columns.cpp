#include "bench/measurement/leaf_columns.h"

#include <arrow/type.h>

namespace lakeflow::bench {
namespace {

int leaves(const arrow::DataType& type) {
  int count = type.num_fields() == 0 ? 1 : 0;
  for (const auto& member : type.fields()) {
    count += leaves(*member->type());
  }
  return count;
}

}  // namespace

int leaf_columns(const arrow::Schema& schema) {
  int count = 0;
  for (const auto& field : schema.fields()) {
    count += leaves(*field->type());
  }
  return count;
}

}  // namespace lakeflow::bench
