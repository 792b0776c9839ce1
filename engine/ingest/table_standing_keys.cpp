#include "engine/ingest/table_standing_keys.h"

#include <algorithm>
#include <mutex>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/arrow_error.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/interface/sql_literal.h"

namespace lakeflow {
namespace {

using Visit = std::function<Status(std::string_view, std::optional<TimestampMicros>, std::string_view)>;

// The text at a row of a column of texts, in whichever of Arrow's forms it comes; empty for null and for other columns.
std::string_view text_at(const arrow::Array& texts, std::int64_t row) {
  if (texts.IsNull(row)) {
    return {};
  }
  switch (texts.type_id()) {
    case arrow::Type::STRING: return static_cast<const arrow::StringArray&>(texts).GetView(row);
    case arrow::Type::LARGE_STRING: return static_cast<const arrow::LargeStringArray&>(texts).GetView(row);
    case arrow::Type::STRING_VIEW: return static_cast<const arrow::StringViewArray&>(texts).GetView(row);
    default: return {};
  }
}

bool is_text(const arrow::Array& array) {
  return array.type_id() == arrow::Type::STRING || array.type_id() == arrow::Type::LARGE_STRING || array.type_id() == arrow::Type::STRING_VIEW;
}

Status visit_rows(const arrow::RecordBatch& batch, const Visit& visit) {
  const arrow::Array& keys = *batch.column(0);
  const arrow::Array& cursors = *batch.column(1);
  if (!is_text(keys)) {
    return std::unexpected(Error::internal(fmt::format("a key of text came from the destination as {}", keys.type()->ToString())));
  }
  const bool is_timed =
      cursors.type_id() == arrow::Type::TIMESTAMP && static_cast<const arrow::TimestampType&>(*cursors.type()).unit() == arrow::TimeUnit::MICRO;
  for (std::int64_t row = 0; row < keys.length(); ++row) {
    if (keys.IsNull(row)) {
      continue;
    }
    std::optional<TimestampMicros> cursor;
    if (is_timed && cursors.IsValid(row)) {
      cursor = static_cast<const arrow::TimestampArray&>(cursors).Value(row);
    }
    LAKEFLOW_TRY(visit(text_at(keys, row), cursor, batch.num_columns() > 2 ? text_at(*batch.column(2), row) : std::string_view()));
  }
  return {};
}

// The plan's sequence where it is one column, or a path into structs; else a null.
std::string cursor_of(const ApplyPlan& plan) {
  if (plan.sequence_columns.size() != 1) {
    return "NULL";
  }
  std::string expression;
  for (std::string_view rest = plan.sequence_columns.front(); !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string member = sql_identifier(rest.substr(0, dot));
    expression = expression.empty() ? member : fmt::format("({}).{}", expression, member);  // in brackets: a column, not a table of that name
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  return expression;
}

// The texts at the end of the path, with blanks between those in lists; nothing where it leads to no text.
std::optional<std::string> subjects_of(const std::string& value, const arrow::DataType& type, std::string_view path) {
  if (type.id() == arrow::Type::LIST) {
    const auto inner = subjects_of("e", *static_cast<const arrow::ListType&>(type).value_type(), path);
    return inner ? std::optional(fmt::format("array_to_string(list_transform({}, lambda e: {}), ' ')", value, *inner)) : std::nullopt;
  }
  if (path.empty()) {
    return type.id() == arrow::Type::STRING ? std::optional(value) : std::nullopt;
  }
  const std::size_t dot = std::min(path.find('.'), path.size());
  const auto member =
      type.id() == arrow::Type::STRUCT ? static_cast<const arrow::StructType&>(type).GetFieldByName(std::string(path.substr(0, dot))) : nullptr;
  if (member == nullptr) {
    return std::nullopt;
  }
  return subjects_of(fmt::format("({}).{}", value, sql_identifier(member->name())), *member->type(), path.substr(std::min(dot + 1, path.size())));
}

std::string subjects_of(const ApplyPlan& plan, std::string_view path) {
  const std::size_t dot = std::min(path.find('.'), path.size());
  const auto column = plan.schema->GetFieldByName(std::string(path.substr(0, dot)));
  if (path.empty() || column == nullptr) {
    return "NULL";
  }
  return subjects_of(sql_identifier(column->name()), *column->type(), path.substr(std::min(dot + 1, path.size()))).value_or("NULL");
}

}  // namespace

std::optional<StandingKeysQuery> standing_keys_query(const ApplyPlan& plan, const TableMetadata& metadata) {
  if (plan.mode != ApplyMode::kChanges || plan.key_columns.size() != 1 || plan.key_columns != metadata.primary_keys) {
    return std::nullopt;
  }
  const std::string& key = plan.key_columns.front();
  const auto field = plan.schema->GetFieldByName(key);
  if (field == nullptr || field->type()->id() != arrow::Type::STRING) {
    return std::nullopt;
  }
  const std::string table = fmt::format("{}.{}", sql_identifier(plan.target.schema), sql_identifier(plan.target.table));
  const std::string condition =
      plan.history == HistoryMode::kVersions ? fmt::format(" WHERE {} IS NULL", sql_identifier(kEndAtColumn)) : std::string();
  const std::string columns = fmt::format("SELECT {}, {}", sql_identifier(key), cursor_of(plan));
  return StandingKeysQuery{.of_keys = fmt::format("{} FROM {}{}", columns, table, condition),
                           .of_subjects = fmt::format("{}, {} FROM {}{}", columns, subjects_of(plan, metadata.subject_field), table, condition),
                           .of_table = fmt::format("SELECT 1 FROM {} LIMIT 0", table)};
}

Status TableStandingKeys::scan(const std::function<Status(std::string_view, std::optional<TimestampMicros>)>& visit) const {
  return scan_rows(query_.of_keys, [&](std::string_view key, std::optional<TimestampMicros> cursor, std::string_view) { return visit(key, cursor); });
}

Status TableStandingKeys::scan_subjects(
    const std::function<Status(std::string_view, std::optional<TimestampMicros>, std::string_view)>& visit) const {
  return scan_rows(query_.of_subjects, visit);
}

Status TableStandingKeys::scan_rows(const std::string& query, const Visit& visit) const {
  const std::shared_lock lock(mutex_);
  if (destination_ == nullptr) {
    return std::unexpected(Error::interrupted("the run has ended"));
  }
  if (empty_) {
    return {};
  }
  if (const auto table = destination_->query(query_.of_table); !table) {
    // A table that no run has made yet.
    return table.error().kind() == ErrorKind::kUser ? Status() : std::unexpected(table.error());
  }
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, destination_->query(query));
  while (true) {  // ends with the rows
    std::shared_ptr<arrow::RecordBatch> batch;
    LAKEFLOW_TRY(from_arrow(rows->ReadNext(&batch)));
    if (batch == nullptr) {
      return {};
    }
    LAKEFLOW_TRY(visit_rows(*batch, visit));
  }
}

void TableStandingKeys::detach() {
  const std::unique_lock lock(mutex_);
  destination_ = nullptr;
}

}  // namespace lakeflow
