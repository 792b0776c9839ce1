#include "libs/fhir/resource_schema.h"

#include <array>
#include <string>
#include <vector>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include "libs/fhir/definitions.h"

namespace lakeflow::fhir {
namespace {

// The keys and values of sources/interface/schema_rules.h, which a library may not include: they are the schema's wire form.
constexpr std::string_view kRule = "lakeflow.decode";
constexpr std::string_view kDescription = "lakeflow.description";

struct PrimitiveType {
  std::string_view name;
  std::shared_ptr<arrow::DataType> (*arrow_type)();
};

std::shared_ptr<arrow::DataType> instant_type() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }
// Doubles that were written out have up to 17 digits after the point (Synthea's 172.81834583921852), and identifiers kept as numbers up to
// 20 before it.
std::shared_ptr<arrow::DataType> decimal_type() { return arrow::decimal128(38, 18); }
std::shared_ptr<arrow::DataType> integer_type() { return arrow::int64(); }
std::shared_ptr<arrow::DataType> boolean_type() { return arrow::boolean(); }
std::shared_ptr<arrow::DataType> binary_type() { return arrow::binary(); }

// Those that are not text.
constexpr std::array kPrimitiveTypes = {
    PrimitiveType{"boolean", boolean_type},     PrimitiveType{"integer", integer_type}, PrimitiveType{"positiveInt", integer_type},
    PrimitiveType{"unsignedInt", integer_type}, PrimitiveType{"decimal", decimal_type}, PrimitiveType{"instant", instant_type},
    PrimitiveType{"base64Binary", binary_type},
};

std::shared_ptr<arrow::DataType> primitive_type(std::string_view name) {
  for (const PrimitiveType& type : kPrimitiveTypes) {
    if (type.name == name) {
      return type.arrow_type();
    }
  }
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

arrow::FieldVector fields_of(const TypeDefinition& type, int level, int depth);

void add_primitive(arrow::FieldVector& fields, const ElementDefinition& element) {
  const std::string name(element.name);
  std::shared_ptr<arrow::DataType> type = primitive_type(element.type);
  fields.push_back(make_field(name, element.repeats ? arrow::list(std::move(type)) : std::move(type), element.description));
  if (element.type == "dateTime") {
    fields.push_back(make_field(name + "_utc", element.repeats ? arrow::list(instant_type()) : instant_type(),
                                fmt::format("The instant of {}, where it is a full time with a zone", name), fmt::format("utc_of:{}", name)));
  }
  if (element.type != "System.String" && element.type != "xhtml") {
    fields.push_back(make_field("_" + name, arrow::utf8(), fmt::format("Ids and extensions of {}", name), "json"));
  }
}

void add_element(arrow::FieldVector& fields, const ElementDefinition& element, int level, int depth) {
  const TypeDefinition* complex = find_type(element.type);
  if (is_always_json(element) || (complex != nullptr && level == depth)) {
    fields.push_back(make_field(std::string(element.name), arrow::utf8(), element.description, "json"));
  } else if (complex != nullptr) {
    std::shared_ptr<arrow::DataType> type = arrow::struct_(fields_of(*complex, level + 1, depth));
    fields.push_back(make_field(std::string(element.name), element.repeats ? arrow::list(std::move(type)) : std::move(type), element.description));
  } else {
    add_primitive(fields, element);
  }
}

arrow::FieldVector fields_of(const TypeDefinition& type, int level, int depth) {
  arrow::FieldVector fields;
  for (const ElementDefinition& element : type.elements) {
    add_element(fields, element, level, depth);
  }
  return fields;
}

}  // namespace

Result<std::shared_ptr<arrow::Schema>> resource_schema(std::string_view resource_type, const SchemaOptions& options) {
  const TypeDefinition* type = find_type(resource_type);
  if (type == nullptr || !type->is_resource) {
    return std::unexpected(Error::user(fmt::format("FHIR R4 has no resource type {}", resource_type)));
  }
  if (options.depth < kMinimumSchemaDepth || options.depth > kMaximumSchemaDepth) {
    return std::unexpected(
        Error::user(fmt::format("schema_depth {} is not between {} and {}", options.depth, kMinimumSchemaDepth, kMaximumSchemaDepth)));
  }
  arrow::FieldVector fields = {make_field("resourceType", arrow::utf8(), "The type of the resource")};
  for (std::shared_ptr<arrow::Field>& element : fields_of(*type, 1, options.depth)) {
    fields.push_back(std::move(element));
  }
  if (options.raw_json) {
    fields.push_back(make_field("raw_json", arrow::utf8(), "The resource as it was sent", "record"));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace lakeflow::fhir
