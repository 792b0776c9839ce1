#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow::fhir {

// Values that stand in a row's rescued text (engine/decode/json_decoder.h has the form), by their places in the resource.
struct RescuedPatch {
  std::string text;                                          // of the value, where this is the place of one
  std::map<std::string, RescuedPatch, std::less<>> members;  // by their keys as JSON text, quotes included
  std::map<std::int64_t, RescuedPatch> elements;

  const RescuedPatch* member(std::string_view key) const;
  const RescuedPatch* element(std::int64_t index) const;
};

// {"name[0].use":7,"[\"a.b\"]":1} and the like; empty text has no values. Members that came again ("id#2") are left out. A data error where the text
// is no such object.
Result<RescuedPatch> parse_rescued(std::string_view rescued);

}  // namespace lakeflow::fhir
