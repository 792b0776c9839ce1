#include "libs/fhir/resource_schema.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/options.h"
#include "libs/fhir/definitions.h"

namespace lakeflow::fhir {
namespace {

// The keys and values of sources/interface/schema_rules.h, which a library may not include: they are the schema's wire form.
constexpr std::string_view kRule = "lakeflow.decode";
constexpr std::string_view kDescription = "lakeflow.description";
constexpr std::string_view kLeftOut = "lakeflow.left_out";

constexpr int kDecimalPrecision = 38;

std::shared_ptr<arrow::DataType> instant_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

std::shared_ptr<arrow::DataType> primitive_type(std::string_view name, const SchemaOptions& options) {
  if (name == "boolean") return arrow::boolean();
  if (name == "integer" || name == "positiveInt" || name == "unsignedInt") return arrow::int64();
  if (name == "decimal") return arrow::decimal128(kDecimalPrecision, options.decimal_scale);
  if (name == "instant") return instant_type();
  if (name == "base64Binary") return arrow::binary();
  return arrow::utf8();
}

std::shared_ptr<arrow::Field> make_field(std::string name, std::shared_ptr<arrow::DataType> type, std::string_view description,
                                         std::string_view rule = {}) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  if (!rule.empty()) {
    keys.emplace_back(kRule);
    values.emplace_back(rule);
  }
  if (!description.empty()) {
    keys.emplace_back(kDescription);
    values.emplace_back(description);
  }
  return arrow::field(std::move(name), std::move(type), true, keys.empty() ? nullptr : arrow::key_value_metadata(std::move(keys), std::move(values)));
}

bool is_always_json(const ElementDefinition& element) { return element.type == "Resource" || element.type == "Extension"; }

arrow::FieldVector fields_of(const TypeDefinition& type, int level, const SchemaOptions& options);

void add_primitive(arrow::FieldVector& fields, const ElementDefinition& element, const SchemaOptions& options) {
  const std::string name(element.name);
  std::shared_ptr<arrow::DataType> type = primitive_type(element.type, options);
  fields.push_back(make_field(name, element.repeats ? arrow::list(std::move(type)) : std::move(type), element.description));
  if (element.type == "dateTime") {
    fields.push_back(make_field(name + "_utc", element.repeats ? arrow::list(instant_type()) : instant_type(),
                                fmt::format("The instant of {}, where it is a full time with a zone", name), fmt::format("utc_of:{}", name)));
  }
  if ((element.type == "instant" || element.type == "base64Binary") && !options.raw_json) {
    fields.push_back(make_field(
        name + "_text", arrow::utf8(),
        element.type == "instant" ? fmt::format("{} as it was sent", name) : fmt::format("{} as it was sent, where it had white space in it", name),
        fmt::format("text_of:{}", name)));
  }
  if (element.type != "System.String" && element.type != "xhtml") {
    fields.push_back(make_field("_" + name, arrow::utf8(), fmt::format("Ids and extensions of {}", name), "json"));
  }
}

void add_element(arrow::FieldVector& fields, const ElementDefinition& element, int level, const SchemaOptions& options) {
  const TypeDefinition* complex = find_type(element.type);
  if (is_always_json(element) || (complex != nullptr && level == options.depth)) {
    fields.push_back(make_field(std::string(element.name), arrow::utf8(), element.description, "json"));
  } else if (complex != nullptr) {
    std::shared_ptr<arrow::DataType> type = arrow::struct_(fields_of(*complex, level + 1, options));
    fields.push_back(make_field(std::string(element.name), element.repeats ? arrow::list(std::move(type)) : std::move(type), element.description));
  } else {
    add_primitive(fields, element, options);
  }
}

arrow::FieldVector fields_of(const TypeDefinition& type, int level, const SchemaOptions& options) {
  arrow::FieldVector fields;
  for (const ElementDefinition& element : type.elements) {
    add_element(fields, element, level, options);
  }
  return fields;
}

bool is_named(const ElementDefinition& element, std::string_view name) {
  return element.name == name || (!element.choice.empty() && (element.choice == name || name == std::string(element.choice) + "[x]"));
}

bool is_always_kept(const ElementDefinition& element) { return element.name == "id" || element.name == "meta"; }

// A user error where one of the names is no element's.
Status check_elements(const TypeDefinition& type, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == "resourceType" || std::ranges::any_of(type.elements, [&](const ElementDefinition& element) { return is_named(element, name); })) {
      continue;
    }
    std::vector<std::string> known;
    for (const ElementDefinition& element : type.elements) {
      const std::string_view known_name = element.choice.empty() ? element.name : element.choice;
      if (known.empty() || known.back() != known_name) {
        known.emplace_back(known_name);
      }
    }
    const std::optional<std::string> nearest = nearest_name(name, known);
    return std::unexpected(Error::user(fmt::format("{} has no element {}", type.name, name),
                                       nearest ? fmt::format("did you mean {}?", *nearest)
                                               : fmt::format("its elements are those of the resource itself: {}", fmt::join(known, ", "))));
  }
  return {};
}

// The definition without the elements that are not asked for.
std::vector<ElementDefinition> kept_elements(const TypeDefinition& type, const std::vector<std::string>& names) {
  std::vector<ElementDefinition> kept;
  std::ranges::copy_if(type.elements, std::back_inserter(kept), [&](const ElementDefinition& element) {
    return names.empty() || is_always_kept(element) || std::ranges::any_of(names, [&](const std::string& name) { return is_named(element, name); });
  });
  return kept;
}

Status check_range(std::string_view option, int value, int least, int most) {
  if (value < least || value > most) {
    return std::unexpected(Error::user(fmt::format("{} {} is not between {} and {}", option, value, least, most)));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> resource_schema(std::string_view resource_type, const SchemaOptions& options) {
  const TypeDefinition* type = find_type(resource_type);
  if (type == nullptr || !type->is_resource) {
    return std::unexpected(Error::user(fmt::format("FHIR R4 has no resource type {}", resource_type)));
  }
  LAKEFLOW_TRY(check_range("schema_depth", options.depth, kMinimumSchemaDepth, kMaximumSchemaDepth));
  LAKEFLOW_TRY(check_range("decimal_scale", options.decimal_scale, 0, kMaximumDecimalScale));
  LAKEFLOW_TRY(check_elements(*type, options.elements));
  const std::vector<ElementDefinition> kept = kept_elements(*type, options.elements);
  TypeDefinition wanted = *type;
  wanted.elements = kept;
  const arrow::FieldVector columns = fields_of(wanted, 1, options);
  arrow::FieldVector fields = {make_field("resourceType", arrow::utf8(), "The type of the resource")};
  fields.insert(fields.end(), columns.begin(), columns.end());
  if (options.raw_json) {
    fields.push_back(make_field("raw_json", arrow::utf8(), "The resource as it was sent", "record"));
  }
  std::string left_out;
  for (const ElementDefinition& element : type->elements) {
    if (std::ranges::find(kept, element.name, &ElementDefinition::name) == kept.end()) {
      left_out += fmt::format("{}{},_{}", left_out.empty() ? "" : ",", element.name, element.name);
    }
  }
  return arrow::schema(std::move(fields), left_out.empty() ? nullptr : arrow::key_value_metadata({std::string(kLeftOut)}, {std::move(left_out)}));
}

std::vector<std::string> searched_elements(std::string_view resource_type, const std::vector<std::string>& elements) {
  std::vector<std::string> searched = {"id", "meta"};
  const TypeDefinition* type = find_type(resource_type);
  if (type == nullptr) {
    return searched;
  }
  for (const ElementDefinition& element : kept_elements(*type, elements)) {
    const std::string_view name = element.choice.empty() ? element.name : element.choice;
    if (std::ranges::find(searched, name) == searched.end()) {
      searched.emplace_back(name);
    }
  }
  return searched;
}

}  // namespace lakeflow::fhir
