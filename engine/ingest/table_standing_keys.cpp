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

namespace lakeflow {
namespace {

std::string identifier(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    text += c;
    if (c == '"') {
      text += '"';
    }
  }
  return text + '"';
}

using Visit = std::function<Status(std::string_view, std::optional<TimestampMicros>)>;

template <typename TextArray>
Status visit_rows(const arrow::Array& keys, const arrow::Array& cursors, const Visit& visit) {
  const auto& texts = static_cast<const TextArray&>(keys);
  const bool is_timed =
      cursors.type_id() == arrow::Type::TIMESTAMP && static_cast<const arrow::TimestampType&>(*cursors.type()).unit() == arrow::TimeUnit::MICRO;
  for (std::int64_t row = 0; row < texts.length(); ++row) {
    if (texts.IsNull(row)) {
      continue;
    }
    std::optional<TimestampMicros> cursor;
    if (is_timed && cursors.IsValid(row)) {
      cursor = static_cast<const arrow::TimestampArray&>(cursors).Value(row);
    }
    LAKEFLOW_TRY(visit(texts.GetView(row), cursor));
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
    const std::string member = identifier(rest.substr(0, dot));
    expression = expression.empty() ? member : fmt::format("({}).{}", expression, member);  // in brackets: a column, not a table of that name
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  return expression;
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
  const std::string table = fmt::format("{}.{}", identifier(plan.target.schema), identifier(plan.target.table));
  StandingKeysQuery query{.of_keys = fmt::format("SELECT {}, {} FROM {}", identifier(key), cursor_of(plan), table),
                          .of_table = fmt::format("SELECT 1 FROM {} LIMIT 0", table)};
  if (plan.history == HistoryMode::kVersions) {
    query.of_keys += fmt::format(" WHERE {} IS NULL", identifier(kEndAtColumn));
  }
  return query;
}

Status TableStandingKeys::scan(const Visit& visit) const {
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
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> rows, destination_->query(query_.of_keys));
  while (true) {  // ends with the rows
    std::shared_ptr<arrow::RecordBatch> batch;
    LAKEFLOW_TRY(from_arrow(rows->ReadNext(&batch)));
    if (batch == nullptr) {
      return {};
    }
    const arrow::Array& keys = *batch->column(0);
    const arrow::Array& cursors = *batch->column(1);
    if (keys.type_id() == arrow::Type::STRING) {
      LAKEFLOW_TRY(visit_rows<arrow::StringArray>(keys, cursors, visit));
    } else if (keys.type_id() == arrow::Type::LARGE_STRING) {
      LAKEFLOW_TRY(visit_rows<arrow::LargeStringArray>(keys, cursors, visit));
    } else if (keys.type_id() == arrow::Type::STRING_VIEW) {
      LAKEFLOW_TRY(visit_rows<arrow::StringViewArray>(keys, cursors, visit));
    } else {
      return std::unexpected(Error::internal(fmt::format("a key of text came from the destination as {}", keys.type()->ToString())));
    }
  }
}

void TableStandingKeys::detach() {
  const std::unique_lock lock(mutex_);
  destination_ = nullptr;
}

}  // namespace lakeflow
