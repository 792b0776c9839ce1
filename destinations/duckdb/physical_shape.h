#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "destinations/interface/apply_plan.h"
#include "destinations/sql/column_type.h"

namespace arrow {
class Array;
class DataType;
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// Which part of a table's declared columns rows need. A part of a type is the type with some of the members of its structs, at any depth
// of structs and lists, and at least one of each; maps are whole. A table's columns are a struct here, its members.
//
// What a part leaves out is null in all rows: so DuckDB's cast by name, from the part to the declared type, gives the values back exactly. It
// refuses structs that share no member, and tells a null from a struct of nulls: hence the one member that a struct which is there with
// nothing in it keeps.

// Leaves of a column, as DuckDB stores it: each is a column of its own there.
std::size_t leaf_columns(const ColumnType& type);

// The part that these values need; nothing where all are null. `type` is what their Arrow type becomes.
std::optional<ColumnType> used_part(const arrow::Array& values, const ColumnType& type);

// Of a plan's columns those that are there before any row: keys, sequences, and what the framework adds. At least one.
ColumnType kept_part(const ApplyPlan& plan, const ColumnType& columns);

// The part of the declared columns that has what `part` has, with the declared types. Members that are not declared are left out.
ColumnType declared_part(const ColumnType& declared, const ColumnType& part);

// A schema's part that is stored, and the same of a batch with that schema: without a copy.
std::shared_ptr<arrow::Schema> schema_part(const arrow::Schema& schema, const ColumnType& stored);
std::shared_ptr<arrow::RecordBatch> batch_part(const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& part);

}  // namespace lakeflow
