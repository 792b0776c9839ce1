#include "simulator/comparison/json_members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::string_view type_of(const Json& value) {
  if (value.is_string()) return "text";
  if (value.is_number()) return "number";
  if (value.is_boolean()) return "boolean";
  if (value.is_object()) return "object";
  return value.is_array() ? "list" : "null";
}

void add(const Json& value, const std::string& place, JsonMembers& members) {
  if (!place.empty()) {
    members[place].emplace(type_of(value));
  }
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      add(member, place.empty() ? name : place + "." + name, members);
    }
  } else if (value.is_array()) {
    for (const Json& item : value) {
      add(item, place + "[]", members);
    }
  }
}

// "customer" of "customer.name" and "items" of "items[].price": where it is missing, what it holds need not be told.
bool holder_is_missing(const std::string& place, const JsonMembers& members) {
  const auto end = place.find_last_of(".[");
  return end != std::string::npos && !members.contains(place.substr(0, end));
}

std::set<std::string> without_null(std::set<std::string> types) {
  types.erase("null");
  return types;
}

}  // namespace

void add_members(const Json& document, JsonMembers& members) { add(document, "", members); }

std::vector<std::string> compare_members(const JsonMembers& described, const JsonMembers& live) {
  std::vector<std::string> differences;
  for (const auto& [place, types] : described) {
    const auto found = live.find(place);
    if (found == live.end()) {
      if (!holder_is_missing(place, live)) {
        differences.push_back(fmt::format("the live source has no {}", place));
      }
      continue;
    }
    const auto ours = without_null(types);
    const auto theirs = without_null(found->second);
    if (!ours.empty() && !theirs.empty() && ours != theirs) {
      differences.push_back(fmt::format("{} is a {}, live a {}", place, fmt::join(ours, " or "), fmt::join(theirs, " or ")));
    }
  }
  for (const auto& [place, types] : live) {
    if (!described.contains(place) && !holder_is_missing(place, described)) {
      differences.push_back(fmt::format("the description has no {}", place));
    }
  }
  return differences;
}

}  // namespace lakeflow
