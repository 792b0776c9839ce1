#include "simulator/api/json_place.h"

#include <string>
#include <utility>

namespace lakeflow {
namespace {

std::string_view take_name(std::string_view& place) {
  const auto dot = place.find('.');
  const std::string_view name = place.substr(0, dot);
  place.remove_prefix(dot == std::string_view::npos ? place.size() : dot + 1);
  return name;
}

}  // namespace

const nlohmann::ordered_json* find_at(const nlohmann::ordered_json& document, std::string_view place) {
  const nlohmann::ordered_json* at = &document;
  while (!place.empty()) {
    const auto found = at->is_object() ? at->find(std::string(take_name(place))) : at->end();
    if (found == at->end()) {
      return nullptr;
    }
    at = &*found;
  }
  return at;
}

void set_at(nlohmann::ordered_json& document, std::string_view place, nlohmann::ordered_json value) {
  nlohmann::ordered_json* at = &document;
  while (!place.empty()) {
    if (!at->is_object()) {
      *at = nlohmann::ordered_json::object();
    }
    at = &(*at)[std::string(take_name(place))];
  }
  *at = std::move(value);
}

std::string text_at(const nlohmann::ordered_json& document, std::string_view place) {
  const nlohmann::ordered_json* value = find_at(document, place);
  if (value == nullptr || value->is_null()) {
    return "";
  }
  return value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lakeflow
