#include "destinations/sql/column_type.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

struct ScalarType {
  duckdb_type id;
  std::string_view sql;
};

constexpr std::array kScalarTypes = {
    ScalarType{DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    ScalarType{DUCKDB_TYPE_TINYINT, "TINYINT"},
    ScalarType{DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    ScalarType{DUCKDB_TYPE_INTEGER, "INTEGER"},
    ScalarType{DUCKDB_TYPE_BIGINT, "BIGINT"},
    ScalarType{DUCKDB_TYPE_UTINYINT, "UTINYINT"},
    ScalarType{DUCKDB_TYPE_USMALLINT, "USMALLINT"},
    ScalarType{DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    ScalarType{DUCKDB_TYPE_UBIGINT, "UBIGINT"},
    ScalarType{DUCKDB_TYPE_FLOAT, "FLOAT"},
    ScalarType{DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    ScalarType{DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    ScalarType{DUCKDB_TYPE_BLOB, "BLOB"},
    ScalarType{DUCKDB_TYPE_DATE, "DATE"},
    ScalarType{DUCKDB_TYPE_TIME, "TIME"},
    ScalarType{DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    ScalarType{DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
    ScalarType{DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
    ScalarType{DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
    ScalarType{DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMPTZ"},
};

// From the narrowest to the widest: each takes those before it.
constexpr std::array kSignedIntegers = {DUCKDB_TYPE_TINYINT, DUCKDB_TYPE_SMALLINT, DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_BIGINT};
constexpr std::array kUnsignedIntegers = {DUCKDB_TYPE_UTINYINT, DUCKDB_TYPE_USMALLINT, DUCKDB_TYPE_UINTEGER, DUCKDB_TYPE_UBIGINT};
constexpr std::array kFloatingPoints = {DUCKDB_TYPE_FLOAT, DUCKDB_TYPE_DOUBLE};

template <std::size_t N>
bool is_wider(const std::array<duckdb_type, N>& ladder, duckdb_type existing, duckdb_type wanted) {
  const auto upper = std::ranges::find(ladder, existing);
  return upper != ladder.end() && std::find(ladder.begin(), upper, wanted) != upper;
}

ColumnType scalar(duckdb_type id) {
  ColumnType type;
  type.id = id;
  return type;
}

bool is_of_one_ladder(duckdb_type narrow, duckdb_type wide) {
  return is_wider(kSignedIntegers, wide, narrow) || is_wider(kUnsignedIntegers, wide, narrow) || is_wider(kFloatingPoints, wide, narrow);
}

// The narrowest type that takes the values of both; nothing where there is none.
std::optional<ColumnType> wide_enough(const ColumnType& existing, const ColumnType& wanted) {
  if (existing.id == DUCKDB_TYPE_DECIMAL && wanted.id == DUCKDB_TYPE_DECIMAL) {
    constexpr int kMostDigits = 38;
    const int scale = std::max<int>(existing.scale, wanted.scale);
    const int width = scale + std::max(existing.width - existing.scale, wanted.width - wanted.scale);
    if (width > kMostDigits) return std::nullopt;
    ColumnType wide = scalar(DUCKDB_TYPE_DECIMAL);
    wide.width = static_cast<std::uint8_t>(width);
    wide.scale = static_cast<std::uint8_t>(scale);
    return wide;
  }
  if (existing.id == wanted.id || is_of_one_ladder(wanted.id, existing.id)) return scalar(existing.id);
  if (is_of_one_ladder(existing.id, wanted.id)) return scalar(wanted.id);
  return std::nullopt;
}

bool is_nested(const ColumnType& type) { return !type.members.empty(); }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

void compare(const std::string& shown, const std::string& path, const ColumnType& existing, const ColumnType& wanted, bool in_map,
             ColumnGrowth& growth) {
  if (existing.id != wanted.id && (is_nested(existing) || is_nested(wanted))) {
    growth.conflict = fmt::format("{}: {} can't take {}", shown, existing.sql(), wanted.sql());
    return;
  }
  if (!is_nested(existing)) {
    const std::optional<ColumnType> wide = wide_enough(existing, wanted);
    if (!wide) {
      growth.conflict = fmt::format("{}: {} can't take {}", shown, existing.sql(), wanted.sql());
    } else if (wide->sql() != existing.sql()) {
      growth.widened.push_back({shown, fmt::format("{} to {}", existing.sql(), wide->sql())});
    }
    return;
  }
  for (const ColumnType::Member& member : wanted.members) {
    if (!growth.conflict.empty()) return;
    const std::string below = path + "." + quote_identifier(member.name);
    if (const ColumnType* const found = existing.find(member.name); found != nullptr) {
      compare(shown + "." + member.name, below, *found, *member.type, in_map || existing.id == DUCKDB_TYPE_MAP, growth);
    } else if (in_map) {
      growth.conflict = fmt::format("{}.{}: DuckDB can't add a member to a struct inside a map", shown, member.name);
    } else {
      growth.members.push_back({below, shown + "." + member.name, member.type->sql()});
    }
  }
}

Result<ColumnType> nested(duckdb_type id, std::initializer_list<std::pair<std::string, const arrow::DataType*>> members) {
  ColumnType type = scalar(id);
  for (const auto& [name, member] : members) {
    LAKEFLOW_ASSIGN(ColumnType converted, ColumnType::from_arrow(*member));
    type.members.push_back({name, std::make_unique<ColumnType>(std::move(converted))});
  }
  return type;
}

duckdb_type timestamp_type(const arrow::TimestampType& type) {
  if (!type.timezone().empty()) return DUCKDB_TYPE_TIMESTAMP_TZ;
  switch (type.unit()) {
    case arrow::TimeUnit::SECOND: return DUCKDB_TYPE_TIMESTAMP_S;
    case arrow::TimeUnit::MILLI: return DUCKDB_TYPE_TIMESTAMP_MS;
    case arrow::TimeUnit::MICRO: return DUCKDB_TYPE_TIMESTAMP;
    case arrow::TimeUnit::NANO: return DUCKDB_TYPE_TIMESTAMP_NS;
  }
  return DUCKDB_TYPE_TIMESTAMP;
}

}  // namespace

Result<ColumnType> ColumnType::from_arrow(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL: return scalar(DUCKDB_TYPE_BOOLEAN);
    case arrow::Type::INT8: return scalar(DUCKDB_TYPE_TINYINT);
    case arrow::Type::INT16: return scalar(DUCKDB_TYPE_SMALLINT);
    case arrow::Type::INT32: return scalar(DUCKDB_TYPE_INTEGER);
    case arrow::Type::INT64: return scalar(DUCKDB_TYPE_BIGINT);
    case arrow::Type::UINT8: return scalar(DUCKDB_TYPE_UTINYINT);
    case arrow::Type::UINT16: return scalar(DUCKDB_TYPE_USMALLINT);
    case arrow::Type::UINT32: return scalar(DUCKDB_TYPE_UINTEGER);
    case arrow::Type::UINT64: return scalar(DUCKDB_TYPE_UBIGINT);
    case arrow::Type::FLOAT: return scalar(DUCKDB_TYPE_FLOAT);
    case arrow::Type::DOUBLE: return scalar(DUCKDB_TYPE_DOUBLE);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW: return scalar(DUCKDB_TYPE_VARCHAR);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY: return scalar(DUCKDB_TYPE_BLOB);
    case arrow::Type::DATE32:
    case arrow::Type::DATE64: return scalar(DUCKDB_TYPE_DATE);
    case arrow::Type::TIME32:
    case arrow::Type::TIME64: return scalar(DUCKDB_TYPE_TIME);
    case arrow::Type::TIMESTAMP: return scalar(timestamp_type(static_cast<const arrow::TimestampType&>(type)));
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
      if (decimal.scale() < 0 || decimal.scale() > decimal.precision()) break;
      ColumnType converted = scalar(DUCKDB_TYPE_DECIMAL);
      converted.width = static_cast<std::uint8_t>(decimal.precision());
      converted.scale = static_cast<std::uint8_t>(decimal.scale());
      return converted;
    }
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST: return nested(DUCKDB_TYPE_LIST, {{"element", type.field(0)->type().get()}});
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      return nested(DUCKDB_TYPE_MAP, {{"key", map.key_type().get()}, {"value", map.item_type().get()}});
    }
    case arrow::Type::STRUCT: {
      if (type.num_fields() == 0) break;
      ColumnType converted = scalar(DUCKDB_TYPE_STRUCT);
      for (const auto& field : type.fields()) {
        const bool doubled =
            std::ranges::any_of(converted.members, [&](const ColumnType::Member& member) { return same_name(member.name, field->name()); });
        if (doubled) return std::unexpected(Error::user(fmt::format("two members of a struct are named {}, case aside", field->name())));
        LAKEFLOW_ASSIGN(ColumnType member, from_arrow(*field->type()));
        converted.members.push_back({field->name(), std::make_unique<ColumnType>(std::move(member))});
      }
      return converted;
    }
    default: break;
  }
  return std::unexpected(Error::user(fmt::format("DuckDB has no column for the type {}", type.ToString())));
}

ColumnType ColumnType::from_duckdb(duckdb_logical_type type) {
  ColumnType converted = scalar(duckdb_get_type_id(type));
  const auto add = [&](std::string name, duckdb_logical_type member) {
    const LogicalType owned(member);
    converted.members.push_back({std::move(name), std::make_unique<ColumnType>(from_duckdb(owned.handle()))});
  };
  switch (converted.id) {
    case DUCKDB_TYPE_DECIMAL:
      converted.width = duckdb_decimal_width(type);
      converted.scale = duckdb_decimal_scale(type);
      break;
    case DUCKDB_TYPE_LIST: add("element", duckdb_list_type_child_type(type)); break;
    case DUCKDB_TYPE_MAP:
      add("key", duckdb_map_type_key_type(type));
      add("value", duckdb_map_type_value_type(type));
      break;
    case DUCKDB_TYPE_STRUCT:
      for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
        char* name = duckdb_struct_type_child_name(type, i);
        add(name, duckdb_struct_type_child_type(type, i));
        duckdb_free(name);
      }
      break;
    default: break;
  }
  return converted;
}

std::string ColumnType::sql() const {
  switch (id) {
    case DUCKDB_TYPE_DECIMAL: return fmt::format("DECIMAL({},{})", width, scale);
    case DUCKDB_TYPE_LIST: return members[0].type->sql() + "[]";
    case DUCKDB_TYPE_MAP: return fmt::format("MAP({}, {})", members[0].type->sql(), members[1].type->sql());
    case DUCKDB_TYPE_STRUCT: {
      std::string out = "STRUCT(";
      for (const Member& member : members) {
        if (&member != &members.front()) out += ", ";
        out += quote_identifier(member.name) + " " + member.type->sql();
      }
      return out + ")";
    }
    default: break;
  }
  const auto found = std::ranges::find(kScalarTypes, id, &ScalarType::id);
  return found == kScalarTypes.end() ? "another type" : std::string(found->sql);
}

ColumnType ColumnType::copy() const {
  ColumnType copied;
  copied.id = id;
  copied.width = width;
  copied.scale = scale;
  for (const Member& member : members) copied.members.push_back({member.name, std::make_unique<ColumnType>(member.type->copy())});
  return copied;
}

const ColumnType* ColumnType::find(std::string_view name) const {
  const auto found = std::ranges::find_if(members, [&](const Member& member) { return same_name(member.name, name); });
  return found == members.end() ? nullptr : found->type.get();
}

LogicalType ColumnType::logical_type() const {
  switch (id) {
    case DUCKDB_TYPE_DECIMAL: return LogicalType(duckdb_create_decimal_type(width, scale));
    case DUCKDB_TYPE_LIST: return LogicalType(duckdb_create_list_type(members[0].type->logical_type().handle()));
    case DUCKDB_TYPE_MAP:
      return LogicalType(duckdb_create_map_type(members[0].type->logical_type().handle(), members[1].type->logical_type().handle()));
    case DUCKDB_TYPE_STRUCT: {
      std::vector<LogicalType> owned;
      std::vector<duckdb_logical_type> types;
      std::vector<const char*> names;
      for (const Member& member : members) {
        owned.push_back(member.type->logical_type());
        types.push_back(owned.back().handle());
        names.push_back(member.name.c_str());
      }
      return LogicalType(duckdb_create_struct_type(types.data(), names.data(), types.size()));
    }
    default: return LogicalType(duckdb_create_logical_type(id));
  }
}

ColumnType grown_type(const ColumnType& existing, const ColumnType& wanted) {
  if (!is_nested(existing)) return wide_enough(existing, wanted).value_or(existing.copy());
  ColumnType type = scalar(existing.id);
  for (const ColumnType::Member& member : existing.members) {
    const ColumnType* const other = wanted.find(member.name);
    type.members.push_back({member.name, std::make_unique<ColumnType>(grown_type(*member.type, other == nullptr ? *member.type : *other))});
  }
  for (const ColumnType::Member& member : wanted.members) {
    if (existing.find(member.name) == nullptr) {
      type.members.push_back({member.name, std::make_unique<ColumnType>(grown_type(*member.type, *member.type))});
    }
  }
  return type;
}

ColumnGrowth compare_column(const std::string& column, const ColumnType& existing, const ColumnType& wanted) {
  ColumnGrowth growth;
  compare(column, quote_identifier(column), existing, wanted, false, growth);
  if (growth.conflict.empty() && !growth.widened.empty()) growth.wider_type = grown_type(existing, wanted).sql();
  return growth;
}

}  // namespace lakeflow
