#include "destinations/duckdb/slice_sql.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <utility>

#include "destinations/interface/framework_columns.h"
#include "destinations/sql/column_type.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// join(3, ", ", f): f(0), f(1), f(2)
template <typename Text>
std::string join(std::size_t count, std::string_view separator, Text text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += separator;
    out += text(i);
  }
  return out;
}

// One value, or a struct of several: {"updated": a, "rank": b}.
template <typename Text>
std::string one_value(const std::vector<std::string>& names, Text text) {
  if (names.size() == 1) return text(0);
  return "{" + join(names.size(), ", ", [&](std::size_t i) { return fmt::format("{}: {}", names[i], text(i)); }) + "}";
}

}  // namespace

Result<SliceSql> SliceSql::make(const ApplyPlan& plan, const ChangeSlice& slice) {
  const std::size_t others = plan.merges_versions ? 3 : 2;
  if (!slice.keys || slice.keys->num_rows() != slice.rows->num_rows() ||
      static_cast<std::size_t>(slice.keys->num_columns()) != plan.key_columns.size() + plan.sequence_columns.size() + others) {
    return std::unexpected(Error::internal("a slice of table " + plan.target.text() + " does not come with the keys that its plan names"));
  }
  const auto type_of = [&](const std::string& name) -> Result<std::string> {
    const auto field = slice.keys->schema()->GetFieldByName(name);
    if (!field) return std::unexpected(Error::internal("a slice of table " + plan.target.text() + " lacks " + name));
    LAKEFLOW_ASSIGN(const ColumnType type, ColumnType::from_arrow(*field->type()));
    return type.sql();
  };
  SliceSql sql;
  for (std::size_t i = 0; i < plan.key_columns.size(); ++i) {
    sql.key_columns_.push_back(quote_identifier(plan.key_columns[i]));
    LAKEFLOW_ASSIGN(sql.key_types_.emplace_back(), type_of(fmt::format("key_{}", i)));
  }
  for (std::size_t i = 0; i < plan.sequence_columns.size(); ++i) {
    sql.sequence_columns_.push_back(quote_path(plan.sequence_columns[i]));
    sql.sequence_names_.push_back(quote_identifier(plan.sequence_columns[i]));
    LAKEFLOW_ASSIGN(sql.sequence_types_.emplace_back(), type_of(fmt::format("sequence_{}", i)));
  }
  return sql;
}

std::string SliceSql::keys(const std::string& alias) const {
  return join(key_columns_.size(), ", ", [&](std::size_t i) { return fmt::format("{}.key_{}", alias, i); });
}

std::string SliceSql::keys_equal(const std::string& a, const std::string& b) const {
  return join(key_columns_.size(), " AND ", [&](std::size_t i) { return fmt::format("{0}.key_{2} = {1}.key_{2}", a, b, i); });
}

std::string SliceSql::place(const std::string& alias) const {
  return one_value(sequence_names_, [&](std::size_t i) { return fmt::format("{}.sequence_{}", alias, i); });
}

std::string SliceSql::place_of_target() const {
  return one_value(sequence_names_, [&](std::size_t i) { return fmt::format("{}::{}", sequence_columns_[i], sequence_types_[i]); });
}

std::string SliceSql::place_from_text() const {
  return one_value(sequence_names_, [&](std::size_t i) { return fmt::format("sequence[{}]::{}", i + 1, sequence_types_[i]); });
}

std::string SliceSql::has_null_sequence(const std::string& alias) const {
  if (sequence_columns_.empty()) return "false";
  return "(" + join(sequence_columns_.size(), " OR ", [&](std::size_t i) { return fmt::format("{}.sequence_{} IS NULL", alias, i); }) + ")";
}

std::string SliceSql::sequences_of_place(const std::string& place) const {
  if (sequence_names_.size() == 1) return place + " AS sequence_0";
  return join(sequence_names_.size(), ", ", [&](std::size_t i) { return fmt::format("({}).{} AS sequence_{}", place, sequence_names_[i], i); });
}

std::string SliceSql::later(const std::string& a, const std::string& b) const {
  std::string out = "false";
  for (std::size_t i = sequence_columns_.size(); i-- > 0;) {
    out = fmt::format("({0}.sequence_{2} > {1}.sequence_{2} OR ({0}.sequence_{2} = {1}.sequence_{2} AND {3}))", a, b, i, out);
  }
  return out;
}

std::string SliceSql::same_sequence(const std::string& a, const std::string& b) const {
  if (sequence_columns_.empty()) return "true";
  return "(" + join(sequence_columns_.size(), " AND ", [&](std::size_t i) { return fmt::format("{0}.sequence_{2} = {1}.sequence_{2}", a, b, i); }) +
         ")";
}

std::string SliceSql::hash_of_keys(const std::string& alias) const { return fmt::format("(hash({}) >> 1)::BIGINT", keys(alias)); }

std::string SliceSql::hash_of_target() const {
  const std::string typed = join(key_columns_.size(), ", ", [&](std::size_t i) { return fmt::format("{}::{}", key_columns_[i], key_types_[i]); });
  return fmt::format("(hash({}) >> 1)::BIGINT", typed);
}

std::string SliceSql::best_first() const {
  return join(sequence_columns_.size(), "", [](std::size_t i) { return fmt::format("sequence_{} DESC, ", i); }) +
         R"("delete" DESC, content_hash DESC NULLS LAST, "row")";
}

std::string SliceSql::keys_text(const std::string& alias) const {
  return "[" + join(key_columns_.size(), ", ", [&](std::size_t i) { return fmt::format("{}.key_{}::VARCHAR", alias, i); }) + "]";
}

std::string SliceSql::sequences_text(const std::string& alias) const {
  return "[" + join(sequence_columns_.size(), ", ", [&](std::size_t i) { return fmt::format("{}.sequence_{}::VARCHAR", alias, i); }) + "]";
}

std::string SliceSql::sequences_from_text() const {
  return join(sequence_columns_.size(), ", ",
              [&](std::size_t i) { return fmt::format("sequence[{}]::{} AS sequence_{}", i + 1, sequence_types_[i], i); });
}

std::string SliceSql::target_keys() const {
  return join(key_columns_.size(), "", [&](std::size_t i) { return fmt::format("{} AS key_{}, ", key_columns_[i], i); });
}

std::string SliceSql::target_columns() const {
  return "rowid AS target_row, " + target_keys() +
         join(sequence_columns_.size(), "", [&](std::size_t i) { return fmt::format("{} AS sequence_{}, ", sequence_columns_[i], i); }) +
         quote_identifier(kContentHashColumn) + " AS content_hash";
}

}  // namespace lakeflow
