#include "libs/hl7v2/structure_definition.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string>

#include "libs/hl7v2/dictionary_data.h"

namespace lakeflow::hl7v2 {
namespace {

// Of the rows of one structure, the one of the version, or of the nearest to it.
StructureDefinition nearest_row(std::span<const StructureRow> rows, Version version) {
  const int wanted = static_cast<int>(version);
  StructureDefinition nearest;
  int least = std::numeric_limits<int>::max();
  for (const StructureRow& row : rows) {
    const int chosen = std::clamp(wanted, static_cast<int>(row.first_version), static_cast<int>(row.last_version));
    if (const int distance = std::abs(chosen - wanted); distance < least) {
      least = distance;
      nearest = {row.name, row.text, static_cast<Version>(chosen)};
    }
  }
  return nearest;
}

std::span<const StructureRow> rows_named(std::string_view name) {
  const auto [first, last] = std::ranges::equal_range(dictionary_data().structures, name, {}, &StructureRow::name);
  return {first, last};
}

std::string_view structure_of_event(std::string_view event) {
  const auto events = dictionary_data().events;
  const auto found = std::ranges::lower_bound(events, event, {}, &EventRow::event);
  return found != events.end() && found->event == event ? found->structure : std::string_view();
}

// The first structure of a message code, of that version if it has any: what an event that nobody knows is most likely like.
StructureDefinition first_of_code(Version version, std::string_view code) {
  const std::string prefix = std::string(code) + "_";
  StructureDefinition first;
  for (const StructureRow& row : dictionary_data().structures) {
    if (!row.name.starts_with(prefix) || (!first.name.empty() && first.name != row.name && first.version == version)) {
      continue;
    }
    const StructureDefinition found = nearest_row(rows_named(row.name), version);
    if (first.name.empty() || found.version == version) {
      first = found;
    }
  }
  return first;
}

}  // namespace

StructureDefinition find_structure(Version version, std::string_view code, std::string_view trigger, std::string_view structure) {
  const std::string by_event = std::string(code) + "_" + std::string(trigger);
  const std::string event = std::string(code) + "^" + std::string(trigger);
  const std::string_view names[] = {structure, by_event, structure_of_event(event), code};
  StructureDefinition elsewhere;
  for (const std::string_view name : names) {
    const StructureDefinition found = nearest_row(rows_named(name), version);
    if (!found.name.empty() && found.version == version) {
      return found;
    }
    if (elsewhere.name.empty()) {
      elsewhere = found;
    }
  }
  return elsewhere.name.empty() && !code.empty() ? first_of_code(version, code) : elsewhere;
}

}  // namespace lakeflow::hl7v2
