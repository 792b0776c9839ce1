#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/fhir/resource_schema.h"
#include "sources/interface/decoder.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {

struct Example {
  std::string file;
  std::string text;
};

// FHIR's examples by resource type, of those that are one. The definitions themselves are examples too (StructureDefinition-*.json).
const std::map<std::string, std::vector<Example>>& examples();

struct DecodedExamples {
  RawRecords raw;
  DecodedRecords records;
};
// By the framework's decoder, with the schema of their type.
DecodedExamples decode(const std::string& type, const std::vector<Example>& resources, const fhir::SchemaOptions& options);

// The row's rescued text; empty where it has none.
std::string rescued_at(const DecodedTable& table, std::int64_t row);

}  // namespace lakeflow
