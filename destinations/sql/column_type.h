#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/sql/logical_type.h"

namespace arrow {
class DataType;
}

namespace lakeflow {

// A column's type as DuckDB stores it, comparable: what an Arrow type becomes, or what a table has.
struct ColumnType {
  struct Member {
    std::string name;  // of a struct's member; "element" of a list's; "key", "value" of a map's
    std::unique_ptr<ColumnType> type;
  };

  duckdb_type id = DUCKDB_TYPE_INVALID;
  std::uint8_t width = 0;  // of a decimal
  std::uint8_t scale = 0;
  std::vector<Member> members;  // of a struct, list or map

  // A user error that names the type where DuckDB, or we, have no place for it.
  static Result<ColumnType> from_arrow(const arrow::DataType& type);
  static ColumnType from_duckdb(duckdb_logical_type type);

  std::string sql() const;
  LogicalType logical_type() const;
  ColumnType copy() const;
  // Of a struct, list or map; null where there is none of this name, case aside.
  const ColumnType* find(std::string_view name) const;
};

// What a table's column lacks to take values of a wanted type.
struct ColumnGrowth {
  struct Member {
    std::string path;   // from the column on, quoted for ALTER TABLE: "name"."element"."use"
    std::string shown;  // the same for people: name.element.use
    std::string type;
  };
  std::vector<Member> members;  // to be added, in this order
  struct Widened {
    std::string column;  // for people: name.element.rank
    std::string types;   // INTEGER to BIGINT
  };
  std::vector<Widened> widened;
  std::string wider_type;  // of the whole column, with its new members; empty where nothing is widened
  std::string conflict;    // "name.element.period: VARCHAR can't take BIGINT"; empty where there is none
};

// A column takes its own type, narrower ones of its kind, and structs (at any depth of structs and lists) that have fewer or
// other members: those that it lacks are added. Where the wanted type is the wider one of its kind (integers of one signedness, floating
// points, decimals whose digits fit into 38) the column becomes as wide, without loss.
ColumnGrowth compare_column(const std::string& column, const ColumnType& existing, const ColumnType& wanted);

// The type that a column has after that growth: its own members first, in their order, then those that it lacks. Of types without conflict.
ColumnType grown_type(const ColumnType& existing, const ColumnType& wanted);

}  // namespace lakeflow
