#include "sources/dicomweb/dicom_values.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include <arrow/builder.h>

#include "base/arrow_error.h"

namespace lakeflow {
namespace {

namespace dom = simdjson::dom;

std::string_view without_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// A number that may have come as text (IS and DS: "\"1.50\"", and 64-bit integers that a double can't hold).
template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  text = without_spaces(text);
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  Number number{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

std::optional<std::int64_t> integer_of(const dom::element& value) {
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
  if (value.get(integer) == simdjson::SUCCESS) {
    return integer;
  }
  if (value.get(text) == simdjson::SUCCESS) {
    return number_of<std::int64_t>(text);
  }
  if (value.type() == dom::element_type::DOUBLE && value.get(real) == simdjson::SUCCESS && std::trunc(real) == real && std::abs(real) < 9e15) {
    return static_cast<std::int64_t>(real);
  }
  return std::nullopt;
}

std::optional<double> real_of(const dom::element& value) {
  double real = 0;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    return number_of<double>(text);
  }
  return value.get(real) == simdjson::SUCCESS ? std::optional(real) : std::nullopt;
}

Result<bool> append_text(arrow::StringBuilder& column, const dom::element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) {
    LAKEFLOW_TRY(from_arrow(column.AppendNull()));
    return false;
  }
  LAKEFLOW_TRY(from_arrow(column.Append(text)));
  return true;
}

Result<bool> append_name(arrow::StructBuilder& column, const dom::element& value) {
  dom::object groups;
  if (value.get(groups) != simdjson::SUCCESS) {
    LAKEFLOW_TRY(from_arrow(column.AppendNull()));
    return false;
  }
  constexpr std::array<std::string_view, 3> kGroups = {"Alphabetic", "Ideographic", "Phonetic"};
  bool fits = true;
  LAKEFLOW_TRY(from_arrow(column.Append()));
  for (int group = 0; group < 3; ++group) {
    auto& text = static_cast<arrow::StringBuilder&>(*column.field_builder(group));
    dom::element member;
    if (groups[kGroups[static_cast<std::size_t>(group)]].get(member) != simdjson::SUCCESS || member.is_null()) {
      LAKEFLOW_TRY(from_arrow(text.AppendNull()));
    } else {
      LAKEFLOW_ASSIGN(const bool fitted, append_text(text, member));
      fits = fits && fitted;
    }
  }
  return fits;
}

template <typename Builder, typename Value>
Result<bool> append_number(Builder& column, const std::optional<Value>& value) {
  LAKEFLOW_TRY(from_arrow(value ? column.Append(*value) : column.AppendNull()));
  return value.has_value();
}

Result<bool> append_value(arrow::ArrayBuilder& column, DicomForm form, const dom::element& value) {
  if (value.is_null()) {
    LAKEFLOW_TRY(from_arrow(column.AppendNull()));
    return true;
  }
  switch (form) {
    case DicomForm::kInteger: return append_number(static_cast<arrow::Int64Builder&>(column), integer_of(value));
    case DicomForm::kDecimal: return append_number(static_cast<arrow::DoubleBuilder&>(column), real_of(value));
    case DicomForm::kPersonName: return append_name(static_cast<arrow::StructBuilder&>(column), value);
    case DicomForm::kText:
    case DicomForm::kDate:
    case DicomForm::kTime:
    case DicomForm::kJson: break;
  }
  return append_text(static_cast<arrow::StringBuilder&>(column), value);
}

// A sequence, or what is inline or elsewhere as bytes (F.2.7, F.2.6), as its JSON.
Result<bool> append_json(arrow::StringBuilder& column, const dom::object& attribute) {
  for (const std::string_view member : {"Value", "InlineBinary", "BulkDataURI"}) {
    dom::element value;
    if (attribute[member].get(value) == simdjson::SUCCESS && !value.is_null()) {
      LAKEFLOW_TRY(from_arrow(column.Append(simdjson::minify(value))));
      return true;
    }
  }
  LAKEFLOW_TRY(from_arrow(column.AppendNull()));
  return true;
}

}  // namespace

Result<bool> append_dicom_values(arrow::ArrayBuilder& column, const DicomAttribute& attribute, const dom::element* sent) {
  dom::object object;
  if (sent != nullptr && sent->get(object) == simdjson::SUCCESS && attribute.form == DicomForm::kJson) {
    return append_json(static_cast<arrow::StringBuilder&>(column), object);
  }
  dom::array values;
  const bool has_values = sent != nullptr && sent->get(object) == simdjson::SUCCESS && object["Value"].get(values) == simdjson::SUCCESS;
  if (!has_values || values.size() == 0) {
    LAKEFLOW_TRY(from_arrow(column.AppendNull()));
    dom::element value;
    // Nothing, or something else where values should be.
    return sent == nullptr || has_values || (sent->is_object() && object["Value"].get(value) != simdjson::SUCCESS);
  }
  if (attribute.repeats) {
    auto& list = static_cast<arrow::ListBuilder&>(column);
    LAKEFLOW_TRY(from_arrow(list.Append()));
    bool fits = true;
    for (const dom::element value : values) {
      LAKEFLOW_ASSIGN(const bool fitted, append_value(*list.value_builder(), attribute.form, value));
      fits = fits && fitted;
    }
    return fits;
  }
  if (values.size() > 1) {
    LAKEFLOW_TRY(from_arrow(column.AppendNull()));
    return false;
  }
  return append_value(column, attribute.form, values.at(0).value_unsafe());
}

std::string_view first_dicom_text(const dom::element& sent) {
  dom::array values;
  std::string_view text;
  if (sent["Value"].get(values) != simdjson::SUCCESS || values.at(0).get(text) != simdjson::SUCCESS) {
    return {};
  }
  return text;
}

}  // namespace lakeflow
