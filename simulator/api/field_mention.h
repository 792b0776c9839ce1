#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// A field that a description names: one of the records has to have it, or its role would never do anything.
struct FieldMention {
  std::string field;  // dotted
  std::string role;   // "the filter updated_since"
  std::string place;  // "orders.yaml:12:5"
};

// A user error with the place and the nearest field that there is. `owner` is for the message: "orders".
std::unexpected<Error> no_such_field(const FieldMention& mention, std::string_view owner, const std::vector<std::string>& fields);

}  // namespace lakeflow
