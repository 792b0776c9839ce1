#include "engine/decode/test/row_text.h"

#include <stdexcept>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/json_text.h"

namespace lakeflow {
namespace {

void append_value(std::string& out, const arrow::Array& array, std::int64_t row);

void append_list(std::string& out, const arrow::Array& values, std::int64_t begin, std::int64_t end) {
  out += '[';
  for (std::int64_t i = begin; i < end; ++i) {
    out += i > begin ? "," : "";
    append_value(out, values, i);
  }
  out += ']';
}

void append_map(std::string& out, const arrow::MapArray& map, std::int64_t row) {
  out += '{';
  for (std::int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    out += i > map.value_offset(row) ? "," : "";
    append_value(out, *map.keys(), i);
    out += ':';
    append_value(out, *map.items(), i);
  }
  out += '}';
}

void append_struct(std::string& out, const arrow::StructArray& array, std::int64_t row) {
  out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    out += i > 0 ? "," : "";
    append_json_string(out, array.struct_type()->field(i)->name());
    out += ':';
    append_value(out, *array.field(i), row);
  }
  out += '}';
}

void append_value(std::string& out, const arrow::Array& array, std::int64_t row) {
  if (array.IsNull(row)) {
    out += "null";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL: out += static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false"; break;
    case arrow::Type::INT64: out += std::to_string(static_cast<const arrow::Int64Array&>(array).Value(row)); break;
    case arrow::Type::DOUBLE: out += double_text(static_cast<const arrow::DoubleArray&>(array).Value(row)); break;
    case arrow::Type::DECIMAL128: {
      const auto& decimals = static_cast<const arrow::Decimal128Array&>(array);
      out +=
          decimal_text(arrow::Decimal128(decimals.GetValue(row)).ToIntegerString(), static_cast<const arrow::Decimal128Type&>(*array.type()).scale());
      break;
    }
    case arrow::Type::STRING: append_json_string(out, static_cast<const arrow::StringArray&>(array).GetView(row)); break;
    case arrow::Type::BINARY:
      out += '"';
      for (const char c : static_cast<const arrow::BinaryArray&>(array).GetView(row)) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
      out += '"';
      break;
    case arrow::Type::DATE32: append_json_string(out, date_text(static_cast<const arrow::Date32Array&>(array).Value(row))); break;
    case arrow::Type::TIMESTAMP: append_json_string(out, format_utc(static_cast<const arrow::TimestampArray&>(array).Value(row))); break;
    case arrow::Type::STRUCT: append_struct(out, static_cast<const arrow::StructArray&>(array), row); break;
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      append_list(out, *list.values(), list.value_offset(row), list.value_offset(row + 1));
      break;
    }
    case arrow::Type::MAP: append_map(out, static_cast<const arrow::MapArray&>(array), row); break;
    default: throw std::runtime_error("no text for " + array.type()->ToString());
  }
}

}  // namespace

std::string double_text(double value) { return fmt::format("{}", value); }

std::string decimal_text(std::string unscaled, std::int32_t scale) {
  const std::size_t sign = unscaled.starts_with('-') ? 1 : 0;
  const auto fraction = static_cast<std::size_t>(scale);
  if (unscaled.size() - sign <= fraction) {
    unscaled.insert(sign, fraction + 1 - (unscaled.size() - sign), '0');
  }
  return fraction == 0 ? unscaled : unscaled.insert(unscaled.size() - fraction, ".");
}

std::string date_text(std::int32_t days) { return format_utc(std::int64_t{days} * 86'400'000'000).substr(0, 10); }

std::string row_text(const arrow::RecordBatch& batch, std::int64_t row) {
  std::string out = "{";
  for (int i = 0; i < batch.num_columns(); ++i) {
    out += i > 0 ? "," : "";
    append_json_string(out, batch.schema()->field(i)->name());
    out += ':';
    append_value(out, *batch.column(i), row);
  }
  return out + "}";
}

}  // namespace lakeflow
