#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lakeflow {

// A place in JSON: names with dots between them, "customer.id". One of a list's objects is chosen by a member of it that is a text:
// "link[relation=next].url" is the url of that object of the list `link` whose relation is "next".

// The value at a place; null where there is none, or where a choice leaves open which.
const nlohmann::ordered_json* find_at(const nlohmann::ordered_json& document, std::string_view place);

// Writes it, with the objects on the way there, and the one that is chosen; what stands in the way is replaced.
void set_at(nlohmann::ordered_json& document, std::string_view place, nlohmann::ordered_json value);

// As a parameter or a path gives it: a text as it is, anything else as JSON writes it. Empty where it is null or not there.
std::string text_at(const nlohmann::ordered_json& document, std::string_view place);

// The list that a place chooses from, "link"; empty where it chooses from none.
std::string_view list_of_choice(std::string_view place);
// The same place for another value of the member that chooses: "link[relation=self].url".
std::string with_choice(std::string_view place, std::string_view value);
// Whether a choice is written as it should be, where there is one: with what stands behind it.
bool is_place(std::string_view place);

// Why it is open what is meant by a place: "2 objects in the list link with relation next", "a list at link, of which nothing is chosen". Empty where
// it is not.
std::string doubt_at(const nlohmann::ordered_json& document, std::string_view place);

}  // namespace lakeflow
