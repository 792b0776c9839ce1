#include "sources/healthcare/test/hl7v2_row_text.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) {
    return nullptr;
  }
  switch (array.type_id()) {
    case arrow::Type::STRING: return std::string(static_cast<const arrow::StringArray&>(array).GetView(row));
    case arrow::Type::BINARY: return static_cast<const arrow::BinaryArray&>(array).GetView(row).size();
    case arrow::Type::BOOL: return static_cast<const arrow::BooleanArray&>(array).Value(row);
    case arrow::Type::INT64: return static_cast<const arrow::Int64Array&>(array).Value(row);
    case arrow::Type::DOUBLE: return static_cast<const arrow::DoubleArray&>(array).Value(row);
    case arrow::Type::DATE32: {
      const std::string text = format_utc(static_cast<const arrow::Date32Array&>(array).Value(row) * std::int64_t{86'400'000'000});
      return text.substr(0, text.find('T'));
    }
    case arrow::Type::TIMESTAMP: {
      std::string text = format_utc(static_cast<const arrow::TimestampArray&>(array).Value(row));
      if (static_cast<const arrow::TimestampType&>(*array.type()).timezone().empty()) {
        text.pop_back();
      }
      return text;
    }
    case arrow::Type::TIME64: {
      const std::string text = format_utc(static_cast<const arrow::Time64Array&>(array).Value(row));
      return text.substr(11, text.size() - 12);
    }
    case arrow::Type::STRUCT: {
      const auto& structure = static_cast<const arrow::StructArray&>(array);
      Json object = Json::object();
      for (int i = 0; i < structure.num_fields(); ++i) {
        Json member = value_of(*structure.field(i), row);
        if (!member.is_null()) {
          object[structure.type()->field(i)->name()] = std::move(member);
        }
      }
      return object;
    }
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      Json elements = Json::array();
      for (std::int64_t i = list.value_offset(row); i < list.value_offset(row + 1); ++i) {
        elements.push_back(value_of(*list.values(), i));
      }
      return elements;
    }
    default: return array.type()->ToString();
  }
}

}  // namespace

std::string row_text(const arrow::RecordBatch& rows, std::int64_t row, const std::vector<std::string>& leave_out) {
  Json object = Json::object();
  for (int i = 0; i < rows.num_columns(); ++i) {
    Json value = value_of(*rows.column(i), row);
    if (!value.is_null() && std::ranges::find(leave_out, rows.column_name(i)) == leave_out.end()) {
      object[rows.column_name(i)] = std::move(value);
    }
  }
  return object.dump();
}

}  // namespace lakeflow
