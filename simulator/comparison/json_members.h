#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace lakeflow {

// The members of JSON documents by their places ("customer.name", "items[].price"), each with its types: text, number, boolean, object, list, null.
using JsonMembers = std::map<std::string, std::set<std::string>>;

void add_members(const nlohmann::ordered_json& document, JsonMembers& members);

// Where the two part, in words that hold no value: members that one of them lacks, and types that differ. What is null in one of them is no
// difference.
std::vector<std::string> compare_members(const JsonMembers& described, const JsonMembers& live);

}  // namespace lakeflow
