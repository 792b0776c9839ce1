#pragma once

#include <string>
#include <string_view>

namespace lakeflow::test {

// A JSON object in a form that is the same for all texts of one value: members sorted by their names, strings with the same escapes, numbers as their
// digits without zeros at the ends and a power of ten, no space. "no JSON object" where it is none.
std::string canonical_json(std::string_view text);

}  // namespace lakeflow::test
