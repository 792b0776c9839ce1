#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// `schema_contract: discard`: a table keeps the columns that it has, whatever its source declares in addition.

// What a table takes of the source's columns, members of structs (in lists, too) included, in the source's order. Names compare without
// case, as destinations take them. `left_out` gets the paths of the others: "name.period".
std::shared_ptr<arrow::Schema> known_columns(const arrow::Schema& source, const arrow::Schema& table, std::vector<std::string>& left_out);

// The batch with these of its columns and members only; arrays are shared, not copied. An internal error where the batch lacks one.
Result<std::shared_ptr<arrow::RecordBatch>> take_columns(const arrow::RecordBatch& rows, const std::shared_ptr<arrow::Schema>& schema);

}  // namespace lakeflow
