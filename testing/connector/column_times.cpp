#include "testing/connector/column_times.h"

#include <arrow/array.h>
#include <arrow/array/array_nested.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cstdint>

namespace lakeflow {
namespace {

constexpr TimestampMicros kEndOfFirstMonth = 31LL * 86400 * 1'000'000;
constexpr TimestampMicros kFarAhead = 7'258'118'400LL * 1'000'000;  // 2200-01-01

void note(TimestampMicros time, ColumnTimes& times) {
  if (time == 0) {
    return;
  }
  ++times.values;
  times.in_first_month += time > 0 && time < kEndOfFirstMonth ? 1U : 0U;
  times.far_ahead += time >= kFarAhead ? 1U : 0U;
  times.differ |= times.first && *times.first != time;
  times.first = times.first.value_or(time);
}

void note(const arrow::Array& column, const std::string& path, std::map<std::string, ColumnTimes>& times) {
  switch (column.type_id()) {
    case arrow::Type::TIMESTAMP: {
      if (static_cast<const arrow::TimestampType&>(*column.type()).unit() != arrow::TimeUnit::MICRO) {
        return;
      }
      const auto& values = static_cast<const arrow::TimestampArray&>(column);
      for (std::int64_t row = 0; row < values.length(); ++row) {
        if (!values.IsNull(row)) {
          note(values.Value(row), times[path]);
        }
      }
      return;
    }
    case arrow::Type::STRUCT: {
      const auto& members = static_cast<const arrow::StructArray&>(column);
      for (int member = 0; member < members.num_fields(); ++member) {
        note(*members.field(member), path + "." + column.type()->field(member)->name(), times);
      }
      return;
    }
    case arrow::Type::LIST: note(*static_cast<const arrow::ListArray&>(column).values(), path, times); return;
    default: return;
  }
}

}  // namespace

void note_times(const arrow::RecordBatch& rows, std::map<std::string, ColumnTimes>& times) {
  for (int column = 0; column < rows.num_columns(); ++column) {
    note(*rows.column(column), rows.schema()->field(column)->name(), times);
  }
}

}  // namespace lakeflow
