#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "engine/plan/column_path.h"

namespace arrow {
class RecordBatch;
class Schema;
class StringArray;
}  // namespace arrow

namespace lakeflow {

struct HashedValue;  // a value of the schema and how it is hashed; content_hash.cpp

// The content hash of rows (what it promises: table_plan.h), compiled from a schema and computed column by column.
//
// A row's hash is the sum, modulo 2^64, of a hash for each value that is not null; each is an XXH3 seeded by the value's
// path. So nulls add nothing, at any depth of structs, and the order of columns does not count. A struct that is there adds
// a mark, to differ from an absent one. A list's hash is the XXH3 of its elements' hashes, a map's that of their sum.
// Integers are hashed as 64 bits and floats as doubles, so that a column that grew wider keeps its hashes.
class ContentHash {
 public:
  // An internal error that names the column whose type no table can hold.
  static Result<ContentHash> make(const arrow::Schema& schema);

  // The hash that leaves these out; they are paths of the schema of make().
  ContentHash without(const std::vector<ColumnPath>& paths) const;

  // One hash a row; `rescued` may be null. The batch has the schema of make().
  std::vector<std::uint64_t> hash(const arrow::RecordBatch& rows, const arrow::StringArray* rescued) const;

 private:
  // The schema's columns, and _rescued_data after them.
  std::shared_ptr<const std::vector<HashedValue>> columns_;
};

}  // namespace lakeflow
