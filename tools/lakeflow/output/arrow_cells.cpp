#include "tools/lakeflow/output/arrow_cells.h"

#include <cmath>
#include <string_view>

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

// Times since midnight or the epoch, in whatever unit, as microseconds; nanoseconds are cut.
std::int64_t to_micros(std::int64_t value, arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return value * 1'000'000;
    case arrow::TimeUnit::MILLI: return value * 1'000;
    case arrow::TimeUnit::MICRO: return value;
    case arrow::TimeUnit::NANO: return value / 1'000 - (value % 1'000 < 0 ? 1 : 0);
  }
  return value;
}

std::string timestamp_text(std::int64_t value, const arrow::TimestampType& type) {
  std::string text = format_utc(to_micros(value, type.unit()));
  if (type.timezone().empty()) {
    text.pop_back();  // the Z: this time has no zone
  }
  return text;
}

std::string date_text(std::int64_t days) { return format_utc(days * kMicrosPerDay).substr(0, 10); }

std::string time_text(std::int64_t value, arrow::TimeUnit::type unit) {
  std::string text = format_utc(to_micros(value, unit)).substr(11);
  text.pop_back();
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8U) | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kAlphabet[(group >> (18U - 6U * j)) & 0x3FU] : '=';
    }
  }
  return out;
}

// The value of a type that JSON writes without quotes; nothing else.
template <typename Number>
std::string number_text(Number value) {
  return fmt::format("{}", value);
}

// Texts that JSON puts in quotes, and numbers' digits.
struct Scalar {
  std::string text;
  bool quoted = true;
};

Scalar real(double value, std::string text) { return {std::move(text), !std::isfinite(value)}; }

Scalar scalar_of(const arrow::Array& array, std::int64_t row) {
  using arrow::Type;
  switch (array.type_id()) {
    case Type::BOOL: return {static_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false", false};
    case Type::INT8: return {number_text(static_cast<const arrow::Int8Array&>(array).Value(row)), false};
    case Type::INT16: return {number_text(static_cast<const arrow::Int16Array&>(array).Value(row)), false};
    case Type::INT32: return {number_text(static_cast<const arrow::Int32Array&>(array).Value(row)), false};
    case Type::INT64: return {number_text(static_cast<const arrow::Int64Array&>(array).Value(row)), false};
    case Type::UINT8: return {number_text(static_cast<const arrow::UInt8Array&>(array).Value(row)), false};
    case Type::UINT16: return {number_text(static_cast<const arrow::UInt16Array&>(array).Value(row)), false};
    case Type::UINT32: return {number_text(static_cast<const arrow::UInt32Array&>(array).Value(row)), false};
    case Type::UINT64: return {number_text(static_cast<const arrow::UInt64Array&>(array).Value(row)), false};
    case Type::FLOAT: {
      const float value = static_cast<const arrow::FloatArray&>(array).Value(row);
      return real(value, number_text(value));
    }
    case Type::DOUBLE: {
      const double value = static_cast<const arrow::DoubleArray&>(array).Value(row);
      return real(value, number_text(value));
    }
    case Type::DECIMAL128: return {static_cast<const arrow::Decimal128Array&>(array).FormatValue(row), false};
    case Type::DECIMAL256: return {static_cast<const arrow::Decimal256Array&>(array).FormatValue(row), false};
    case Type::STRING: return {std::string(static_cast<const arrow::StringArray&>(array).GetView(row))};
    case Type::LARGE_STRING: return {std::string(static_cast<const arrow::LargeStringArray&>(array).GetView(row))};
    case Type::STRING_VIEW: return {std::string(static_cast<const arrow::StringViewArray&>(array).GetView(row))};
    case Type::BINARY: return {base64(static_cast<const arrow::BinaryArray&>(array).GetView(row))};
    case Type::LARGE_BINARY: return {base64(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row))};
    case Type::BINARY_VIEW: return {base64(static_cast<const arrow::BinaryViewArray&>(array).GetView(row))};
    case Type::FIXED_SIZE_BINARY: return {base64(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row))};
    case Type::DATE32: return {date_text(static_cast<const arrow::Date32Array&>(array).Value(row))};
    case Type::TIMESTAMP:
      return {timestamp_text(static_cast<const arrow::TimestampArray&>(array).Value(row), static_cast<const arrow::TimestampType&>(*array.type()))};
    case Type::TIME32:
      return {time_text(static_cast<const arrow::Time32Array&>(array).Value(row), static_cast<const arrow::Time32Type&>(*array.type()).unit())};
    case Type::TIME64:
      return {time_text(static_cast<const arrow::Time64Array&>(array).Value(row), static_cast<const arrow::Time64Type&>(*array.type()).unit())};
    default: break;
  }
  // Intervals and what else no table of ours has, but a query may give.
  const auto scalar = array.GetScalar(row);
  return {scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString()};
}

void append_items(std::string& out, const arrow::Array& items, std::int64_t begin, std::int64_t end, NullMembers null_members) {
  out += '[';
  for (std::int64_t i = begin; i < end; ++i) {
    out += i == begin ? "" : ",";
    append_json_value(out, items, i, null_members);
  }
  out += ']';
}

void append_struct(std::string& out, const arrow::StructArray& structs, std::int64_t row, NullMembers null_members) {
  out += '{';
  for (int i = 0; i < structs.num_fields(); ++i) {
    if (null_members == NullMembers::kLeftOut && structs.field(i)->IsNull(row)) {
      continue;
    }
    out += out.back() == '{' ? "" : ",";
    append_json_string(out, structs.type()->field(i)->name());
    out += ':';
    append_json_value(out, *structs.field(i), row, null_members);
  }
  out += '}';
}

void append_map(std::string& out, const arrow::MapArray& map, std::int64_t row, NullMembers null_members) {
  const bool text_keys = map.keys()->type_id() == arrow::Type::STRING;
  out += text_keys ? '{' : '[';
  for (std::int64_t i = map.value_offset(row); i < map.value_offset(row + 1); ++i) {
    out += i == map.value_offset(row) ? "" : ",";
    out += text_keys ? "" : "{\"key\":";
    append_json_value(out, *map.keys(), i);
    out += text_keys ? ":" : ",\"value\":";
    append_json_value(out, *map.items(), i, null_members);
    out += text_keys ? "" : "}";
  }
  out += text_keys ? '}' : ']';
}

bool is_nested_value(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::STRUCT:
    case arrow::Type::MAP: return true;
    default: return false;
  }
}

}  // namespace

void append_json_value(std::string& out, const arrow::Array& array, std::int64_t row, NullMembers null_members) {
  if (array.IsNull(row)) {
    out += "null";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::NA: out += "null"; return;
    case arrow::Type::STRUCT: append_struct(out, static_cast<const arrow::StructArray&>(array), row, null_members); return;
    case arrow::Type::MAP: append_map(out, static_cast<const arrow::MapArray&>(array), row, null_members); return;
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      append_items(out, *list.values(), list.value_offset(row), list.value_offset(row + 1), null_members);
      return;
    }
    case arrow::Type::LARGE_LIST: {
      const auto& list = static_cast<const arrow::LargeListArray&>(array);
      append_items(out, *list.values(), list.value_offset(row), list.value_offset(row + 1), null_members);
      return;
    }
    case arrow::Type::FIXED_SIZE_LIST: {
      const auto& list = static_cast<const arrow::FixedSizeListArray&>(array);
      append_items(out, *list.values(), list.value_offset(row), list.value_offset(row + 1), null_members);
      return;
    }
    case arrow::Type::DICTIONARY: {
      const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
      append_json_value(out, *dictionary.dictionary(), dictionary.GetValueIndex(row));
      return;
    }
    default: break;
  }
  const Scalar scalar = scalar_of(array, row);
  if (scalar.quoted) {
    append_json_string(out, scalar.text);
  } else {
    out += scalar.text;
  }
}

std::string cell_text(const arrow::Array& array, std::int64_t row, NullMembers null_members) {
  if (array.IsNull(row)) {
    return {};
  }
  if (array.type_id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(array);
    return cell_text(*dictionary.dictionary(), dictionary.GetValueIndex(row), null_members);
  }
  if (is_nested_value(*array.type())) {
    std::string out;
    append_json_value(out, array, row, null_members);
    return out;
  }
  return scalar_of(array, row).text;
}

bool aligns_right(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id());
}

}  // namespace lakeflow
