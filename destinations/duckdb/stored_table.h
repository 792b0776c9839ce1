#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/column_type.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// How a destination's table lies in the file. A wide one, of which most columns hold nothing, is a view: it shows every column that is declared,
// in declared order, over a table in the schema _lakeflow that has only those (and of structs only those members) which some row needed. The
// reason is what a column costs DuckDB, filled or not (docs/benchmarks.md). A narrow table, or one made before there were such views, is
// plainly a table.
enum class TableLayout {
  kNone,   // it is not there
  kPlain,  // a table
  kView,   // a view over rows_table(); where the view was dropped by another hand, those rows alone
};

// For CREATE TABLE: `"id" VARCHAR, "name" STRUCT("given" VARCHAR[])`.
std::string column_definitions(const ColumnType& columns);

// `_lakeflow."rows_of_<schema>.<table>"`: where the rows of a table lie that is a view.
TableName rows_table(const TableName& table);

// A user error where there is a view of this name that another made.
Result<TableLayout> find_layout(Connection& connection, const std::string& doing, const TableName& table);

Result<bool> has_view(Connection& connection, const std::string& doing, const TableName& table);

// What holds the rows: for INSERT, UPDATE, DELETE and rowid. Quoted.
std::string rows_of(const TableName& table, TableLayout layout);

// Drops it, whatever it is.
Status drop_stored_table(Connection& connection, const std::string& doing, const TableName& table);

// Copies the rows into a new table with these columns, which takes the old one's name (both are tables, and no views).
Status copy_rows(Connection& connection, const std::string& doing, const TableName& table, const ColumnType& columns);

// Tables (no views) out of which rows were deleted that the same transaction wrote.
using TakenBack = std::set<TableName>;

// Deletes the rows whose numbers (rowid) a SELECT gives, of a table (no view), and returns how many.
Result<std::uint64_t> delete_numbered(Connection& connection, const std::string& doing, const TableName& table, const std::string& numbers,
                                      TakenBack& taken_back);

// Before COMMIT: copies such tables where the transaction wrote more than a row group. DuckDB 1.4 and 1.5 compress the rows of a transaction as
// they come, but write them once more at COMMIT where some of them were deleted, and then read wrong what they have compressed: in members of
// structs, row groups of one value or of none come out as anything at all. A new table out of which nothing was deleted they take as it is.
Status copy_taken_back(Connection& connection, const TakenBack& taken_back);

// Deletes the rows for which a condition on the declared columns holds, and returns how many. The table is there.
Result<std::uint64_t> delete_rows(Connection& connection, const std::string& doing, const TableName& table, const std::string& condition);

// The columns of a table or view (quoted), as members of a struct.
Result<ColumnType> stored_columns(Connection& connection, const std::string& doing, const std::string& table);

// (Re)creates the view. `declared` are its columns, `stored` those of rows_table(). The columns' comments stay.
Status replace_view(Connection& connection, const std::string& doing, const TableName& table, const ColumnType& declared, const ColumnType& stored);

// One table takes another's name, whose place is free.
Status rename_stored_table(Connection& connection, const std::string& doing, const TableName& from, const TableName& to);

}  // namespace lakeflow
