#include "simulator/fhir/element_search.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <simdjson.h>
#include <nlohmann/json.hpp>

#include "libs/fhir/definitions.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 6> kSearchedTypes = {"code", "Coding", "CodeableConcept", "boolean", "Identifier", "Reference"};

bool is_text(const Json& object, const char* name, std::string_view text) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() && found->get_ref<const std::string&>() == text;
}

// `system` is looked at where the value named one.
bool matches(const Json& value, std::string_view system, std::string_view code) {
  if (value.is_array()) {
    return std::ranges::any_of(value, [&](const Json& item) { return matches(item, system, code); });
  }
  if (value.is_boolean()) {
    return code == (value.get<bool>() ? "true" : "false");
  }
  if (value.is_string()) {
    return system.empty() && value.get_ref<const std::string&>() == code;
  }
  if (!value.is_object()) {
    return false;
  }
  const bool is_of_system = system.empty() || is_text(value, "system", system);
  return (is_of_system && (is_text(value, "code", code) || is_text(value, "value", code) || is_text(value, "reference", code))) ||
         (value.contains("coding") && matches(value.at("coding"), system, code));
}

// What stands in `reference` at the end of the path, through lists.
template <typename Visit>
bool any_reference(const Json& value, std::string_view path, const Visit& visit) {
  if (value.is_array()) {
    return std::ranges::any_of(value, [&](const Json& item) { return any_reference(item, path, visit); });
  }
  if (!value.is_object()) {
    return false;
  }
  const std::size_t dot = std::min(path.find('.'), path.size());
  const auto member = value.find(path.empty() ? "reference" : std::string(path.substr(0, dot)));
  if (member == value.end()) {
    return false;
  }
  return path.empty() ? member->is_string() && visit(std::string_view(member->get_ref<const std::string&>()))
                      : any_reference(*member, path.substr(std::min(dot + 1, path.size())), visit);
}

// FHIR R4 §3.1.1.4.12: an id alone, or with a type before it; the reference may be absolute.
bool refers_to(std::string_view reference, std::string_view name, std::string_view value) {
  const std::string place = value.contains('/') ? std::string(value) : (name == "patient" ? "Patient/" : "/") + std::string(value);
  if (place.front() == '/') {
    return reference.ends_with(place);
  }
  return reference == place || reference.ends_with("/" + place);
}

bool patient_parameter_has_value(std::string_view type, const Json& resource, std::string_view name, std::string_view value) {
  return std::ranges::any_of(fhir::find_type(type)->patient_parameters, [&](const fhir::PatientParameter& parameter) {
    return parameter.name == name &&
           any_reference(resource, parameter.path, [&](std::string_view reference) { return refers_to(reference, name, value); });
  });
}

// "valueQuantity" is "value" with a type behind it.
bool is_named(std::string_view member, const std::vector<std::string>& names) {
  member.remove_prefix(member.starts_with('_') ? 1 : 0);
  return std::ranges::any_of(names, [&](const std::string& name) {
    return member == name ||
           (member.starts_with(name) && member.size() > name.size() && std::isupper(static_cast<unsigned char>(member[name.size()])) != 0);
  });
}

std::string subsetted(std::string_view meta) {
  Json json = Json::parse(meta, nullptr, false);
  json["tag"].push_back({{"system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"}, {"code", "SUBSETTED"}});
  return json.dump();
}

}  // namespace

bool is_patient_parameter(std::string_view type, std::string_view name) {
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  return definition != nullptr &&
         std::ranges::find(definition->patient_parameters, name, &fhir::PatientParameter::name) != definition->patient_parameters.end();
}

bool is_searched_element(std::string_view type, std::string_view name) {
  const fhir::TypeDefinition* definition = fhir::find_type(type);
  return is_patient_parameter(type, name) ||
         (definition != nullptr && std::ranges::any_of(definition->elements, [name](const fhir::ElementDefinition& element) {
            return element.name == name && std::ranges::find(kSearchedTypes, element.type) != kSearchedTypes.end();
          }));
}

bool element_has_value(std::string_view type, std::string_view resource, std::string_view name, std::string_view values) {
  if (!values.contains(',') && !values.contains('|') && !resource.contains(values.substr(values.rfind('/') + 1))) {
    return false;  // no need to look where
  }
  const Json json = Json::parse(resource, nullptr, false);
  const bool is_reference = is_patient_parameter(type, name);
  const auto element = json.find(std::string(name));
  while (is_reference || element != json.end()) {  // ends with the values
    const std::size_t comma = values.find(',');
    const std::string_view value = values.substr(0, comma);
    const std::size_t bar = value.find('|');
    if (is_reference                    ? !value.empty() && patient_parameter_has_value(type, json, name, value)
        : bar == std::string_view::npos ? matches(*element, {}, value)
                                        : matches(*element, value.substr(0, bar), value.substr(bar + 1))) {
      return true;
    }
    if (comma == std::string_view::npos) {
      return false;
    }
    values.remove_prefix(comma + 1);
  }
  return false;
}

std::string subset_resource(std::string_view resource, const std::vector<std::string>& names) {
  const simdjson::padded_string text(resource);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) {
    return std::string(resource);
  }
  std::string subset;
  bool has_meta = false;
  for (auto member : object) {
    simdjson::ondemand::field field;
    std::string_view raw;
    if (std::move(member).get(field) != simdjson::SUCCESS) {
      return std::string(resource);
    }
    const std::string key(field.escaped_key());
    if (field.value().raw_json().get(raw) != simdjson::SUCCESS) {
      return std::string(resource);
    }
    if (key != "resourceType" && key != "id" && key != "meta" && !is_named(key, names)) {
      continue;
    }
    has_meta = has_meta || key == "meta";
    subset += (subset.empty() ? "{\"" : ",\"") + key + "\":";
    subset += key == "meta" ? subsetted(raw) : std::string(raw);
  }
  if (!has_meta) {
    subset += ",\"meta\":" + subsetted("{}");
  }
  return subset + "}";
}

}  // namespace lakeflow
