#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace lakeflow {

// The value at a dotted place ("customer.id"); null where there is none.
const nlohmann::ordered_json* find_at(const nlohmann::ordered_json& document, std::string_view place);

// Writes it, with the objects on the way there; what stands in the way is replaced.
void set_at(nlohmann::ordered_json& document, std::string_view place, nlohmann::ordered_json value);

// As a parameter or a path gives it: a text as it is, anything else as JSON writes it. Empty where it is null or not there.
std::string text_at(const nlohmann::ordered_json& document, std::string_view place);

}  // namespace lakeflow
