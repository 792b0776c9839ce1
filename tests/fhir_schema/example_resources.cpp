#include "tests/fhir_schema/example_resources.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>

#include <arrow/array.h>

#include "engine/decode/json_decoder.h"
#include "libs/fhir/definitions.h"

namespace lakeflow {
namespace {

// A file has the name of its resource's type, but for one, in which the type stands before anything else that has one.
std::string type_of(const std::string& name, const std::string& text) {
  const std::string prefix = name.substr(0, name.find('-'));
  if (const fhir::TypeDefinition* definition = fhir::find_type(prefix); definition != nullptr && definition->is_resource) {
    return prefix;
  }
  const std::size_t key = text.find("\"resourceType\"");
  const std::size_t begin = text.find('"', text.find(':', key)) + 1;
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace

const std::map<std::string, std::vector<Example>>& examples() {
  static const std::map<std::string, std::vector<Example>> all = [] {
    std::map<std::string, std::vector<Example>> by_type;
    for (const auto& entry : std::filesystem::directory_iterator(LAKEFLOW_FHIR_PACKAGE)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".json") || name == "package.json") {
        continue;
      }
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      by_type[type_of(name, text.str())].push_back({name, text.str()});
    }
    return by_type;
  }();
  return all;
}

DecodedExamples decode(const std::string& type, const std::vector<Example>& resources, const fhir::SchemaOptions& options) {
  DecodedExamples decoded;
  auto buffer = std::make_shared<std::string>();
  for (const Example& example : resources) {
    buffer->append(example.text);
  }
  buffer->append(kPadding, ' ');
  std::size_t begin = 0;
  for (const Example& example : resources) {
    decoded.raw.records.push_back({.bytes = std::string_view(*buffer).substr(begin, example.text.size())});
    begin += example.text.size();
  }
  decoded.raw.buffer = buffer;
  decoded.records = *(*make_json_decoder(*fhir::resource_schema(type, options)))->decode(decoded.raw);
  return decoded;
}

std::string rescued_at(const DecodedTable& table, std::int64_t row) {
  return table.rescued && table.rescued->IsValid(row) ? table.rescued->GetString(row) : std::string();
}

}  // namespace lakeflow
