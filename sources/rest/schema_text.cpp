#include "sources/rest/schema_text.h"

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

constexpr std::string_view kTypes =
    "string, long, double, boolean, decimal(precision,scale), timestamp, date, binary, json, {…} and […]; a number that is sent as a text is of type "
    "\"decimal(precision,scale) from text\"";
constexpr std::string_view kFromText = " from text";
constexpr std::int32_t kMostDigits = 38;

Error error_at(const YAML::Node& node, const std::string& what) {
  return Error::user(fmt::format("schema, line {}, column {}: {}", node.Mark().line + 1, node.Mark().column + 1, what),
                     fmt::format("types: {}", kTypes));
}

// A comma inside of parentheses divides no members. YAML would have it do so in {…}, so that another byte, which no text has, stands for it there.
constexpr char kComma = '\x1f';

std::string with_inner_commas_hidden(std::string_view text) {
  std::string hidden(text);
  for (std::size_t open = hidden.find('('); open != std::string::npos; open = hidden.find('(', open + 1)) {
    const std::size_t end = std::min(hidden.find_first_of("(){}[]\"'\n", open + 1), hidden.size());
    if (end < hidden.size() && hidden[end] == ')') {
      std::replace(hidden.begin() + static_cast<std::ptrdiff_t>(open), hidden.begin() + static_cast<std::ptrdiff_t>(end), ',', kComma);
    }
  }
  return hidden;
}

std::string text_of(const YAML::Node& scalar) {
  std::string text = scalar.as<std::string>();
  std::ranges::replace(text, kComma, ',');
  return text;
}

// "decimal(12,2)"; null where it is none.
std::shared_ptr<arrow::DataType> parse_decimal(std::string_view text) {
  constexpr std::string_view kStart = "decimal(";
  const std::size_t comma = text.find(',');
  if (!text.starts_with(kStart) || !text.ends_with(')') || comma == std::string_view::npos) {
    return nullptr;
  }
  std::string_view scale = text.substr(comma + 1, text.size() - comma - 2);
  scale.remove_prefix(std::min(scale.find_first_not_of(' '), scale.size()));
  const auto digits = parse_integer(text.substr(kStart.size(), comma - kStart.size()));
  const auto places = parse_integer(scale);
  if (!digits || !places || *digits < 1 || *digits > kMostDigits || *places < 0 || *places > *digits) {
    return nullptr;
  }
  return arrow::decimal128(static_cast<std::int32_t>(*digits), static_cast<std::int32_t>(*places));
}

std::shared_ptr<arrow::DataType> parse_type(std::string_view name) {
  static const std::map<std::string_view, std::shared_ptr<arrow::DataType>> kNames = {
      {"string", arrow::utf8()},    {"json", arrow::utf8()},       {"long", arrow::int64()},
      {"double", arrow::float64()}, {"boolean", arrow::boolean()}, {"timestamp", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")},
      {"date", arrow::date32()},    {"binary", arrow::binary()}};
  const auto found = kNames.find(name);
  return found == kNames.end() ? parse_decimal(name) : found->second;
}

Result<std::shared_ptr<arrow::Field>> parse_field(const std::string& name, const YAML::Node& node);

Result<std::vector<std::shared_ptr<arrow::Field>>> parse_fields(const YAML::Node& node) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (const auto& member : node) {
    LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Field> field, parse_field(text_of(member.first), member.second));
    for (const auto& known : fields) {
      if (known->name() == field->name()) {
        return std::unexpected(error_at(member.first, fmt::format("{} is there twice", field->name())));
      }
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<std::shared_ptr<arrow::Field>> parse_field(const std::string& name, const YAML::Node& node) {
  if (node.IsMap() && node.size() > 0) {
    LAKEFLOW_ASSIGN(auto members, parse_fields(node));
    return arrow::field(name, arrow::struct_(std::move(members)));
  }
  if (node.IsSequence() && node.size() == 1) {
    LAKEFLOW_ASSIGN(const auto element, parse_field("item", node[0]));
    return arrow::field(name, arrow::list(element));
  }
  if (!node.IsScalar()) {
    return std::unexpected(error_at(node, fmt::format("{} has no type", name)));
  }
  const std::string text = text_of(node);
  constexpr std::string_view kDivider = " - ";
  const std::size_t divider = text.find(kDivider);
  std::string type_name = text.substr(0, divider);
  const bool is_from_text = type_name.ends_with(kFromText);
  type_name.resize(type_name.size() - (is_from_text ? kFromText.size() : 0));
  std::shared_ptr<arrow::DataType> type = parse_type(type_name);
  if (type == nullptr) {
    return std::unexpected(error_at(node, fmt::format("{} is no type", type_name)));
  }
  const bool is_number = type->id() == arrow::Type::DECIMAL128 || type->id() == arrow::Type::INT64 || type->id() == arrow::Type::DOUBLE;
  if (is_from_text && !is_number) {
    return std::unexpected(error_at(node, fmt::format("{} is not made from a text: decimal(precision,scale), long and double are", type_name)));
  }
  std::vector<std::string> keys;
  std::vector<std::string> values;
  if (type_name == "json") {
    keys.emplace_back(kDecodeRule);
    values.emplace_back(kDecodeJson);
  } else if (is_from_text) {
    keys.emplace_back(kDecodeRule);
    values.emplace_back(kDecodeFromText);
  }
  if (divider != std::string::npos) {
    keys.emplace_back(kDescription);
    values.push_back(text.substr(divider + kDivider.size()));
  }
  return arrow::field(name, std::move(type), true, keys.empty() ? nullptr : arrow::key_value_metadata(std::move(keys), std::move(values)));
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> parse_schema(std::string_view text) {
  try {
    const YAML::Node root = YAML::Load(with_inner_commas_hidden(text));
    if (!root.IsMap() || root.size() == 0) {
      return std::unexpected(Error::user("the schema has no columns", "write one a line, such as  id: string"));
    }
    LAKEFLOW_ASSIGN(auto fields, parse_fields(root));
    return arrow::schema(std::move(fields));
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Error::user(fmt::format("schema, line {}, column {}: {}", problem.mark.line + 1, problem.mark.column + 1, problem.msg)));
  }
}

}  // namespace lakeflow
