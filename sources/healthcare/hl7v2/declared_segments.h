#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "libs/hl7v2/dictionary.h"

namespace lakeflow::hl7v2 {

// The Z segments that a site declares, field by field, so that each is a table like those of the standard's segments. YAML (or JSON, which
// is YAML, too):
//
//   ZPI:
//     - {name: loyalty_number, type: ST}
//     - {name: home_clinic, type: CWE}
//     - ~                                   # field 3 is not declared: what stands there is rescued
//     - {name: visits, type: NM, repeats: true, description: visits a year}
//
// A type is any datatype of the dictionary.
class DeclaredSegments {
 public:
  // User errors name file, line and column, and the nearest datatype or key.
  static Result<std::shared_ptr<const DeclaredSegments>> load(const std::string& path);
  // `name`: of the file, for errors.
  static Result<std::shared_ptr<const DeclaredSegments>> parse(std::string_view yaml, std::string_view name);

  // In the order of the file; as long as this lives.
  std::span<const SegmentDefinition> definitions() const { return definitions_; }
  // By its name in capitals; null where it is not declared.
  const SegmentDefinition* find(std::string_view segment) const;

 private:
  friend class DeclarationParser;
  std::deque<std::string> texts_;  // that the definitions point to
  std::deque<std::vector<FieldDefinition>> fields_;
  std::vector<SegmentDefinition> definitions_;
};

}  // namespace lakeflow::hl7v2
