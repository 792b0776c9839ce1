#include "libs/fhir/definitions.h"

#include <algorithm>

namespace lakeflow::fhir {

const TypeDefinition* find_type(std::string_view name) {
  const std::span<const TypeDefinition> types = type_definitions();
  const auto found = std::ranges::lower_bound(types, name, {}, &TypeDefinition::name);
  return found != types.end() && found->name == name ? &*found : nullptr;
}

}  // namespace lakeflow::fhir
