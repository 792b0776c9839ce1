#include "simulator/api/json_place.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// "link[relation=next]", or a name alone.
struct Step {
  std::string name;
  std::string member = {};  // empty: nothing is chosen
  std::string value = {};
};

Step take_step(std::string_view& place) {
  const std::size_t open = place.find('[');
  const std::size_t equals = place.find('=', std::min(open, place.size()));
  const std::size_t close = place.find(']', std::min(equals, place.size()));
  if (close == std::string_view::npos || open > place.find('.')) {
    const std::size_t dot = place.find('.');
    Step step{.name = std::string(place.substr(0, dot))};
    place.remove_prefix(dot == std::string_view::npos ? place.size() : dot + 1);
    return step;
  }
  Step step{.name = std::string(place.substr(0, open)),
            .member = std::string(place.substr(open + 1, equals - open - 1)),
            .value = std::string(place.substr(equals + 1, close - equals - 1))};
  place.remove_prefix(std::min(close + 2, place.size()));
  return step;
}

bool is_chosen(const Json& object, const Step& step) {
  const auto member = object.is_object() ? object.find(step.member) : object.end();
  return member != object.end() && member->is_string() && member->get_ref<const std::string&>() == step.value;
}

// What a step leads to; null where it is nothing, or several.
const Json* follow(const Json& from, const Step& step) {
  const auto found = from.is_object() ? from.find(step.name) : from.end();
  if (found == from.end() || step.member.empty()) {
    return found == from.end() ? nullptr : &*found;
  }
  const auto chosen = [&](const Json& object) { return is_chosen(object, step); };
  if (!found->is_array() || std::ranges::count_if(*found, chosen) != 1) {
    return nullptr;
  }
  return &*std::ranges::find_if(*found, chosen);
}

}  // namespace

const Json* find_at(const Json& document, std::string_view place) {
  const Json* at = &document;
  while (!place.empty() && at != nullptr) {
    at = follow(*at, take_step(place));
  }
  return at;
}

void set_at(Json& document, std::string_view place, Json value) {
  Json* at = &document;
  while (!place.empty()) {
    if (!at->is_object()) {
      *at = Json::object();
    }
    const Step step = take_step(place);
    at = &(*at)[step.name];
    if (step.member.empty()) {
      continue;
    }
    if (!at->is_array()) {
      *at = Json::array();
    }
    const auto chosen = std::ranges::find_if(*at, [&](const Json& object) { return is_chosen(object, step); });
    at = chosen != at->end() ? &*chosen : &at->emplace_back(Json{{step.member, step.value}});
  }
  *at = std::move(value);
}

std::string text_at(const Json& document, std::string_view place) {
  const Json* value = find_at(document, place);
  if (value == nullptr || value->is_null()) {
    return "";
  }
  return value->is_string() ? value->get<std::string>() : value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view list_of_choice(std::string_view place) {
  const std::size_t open = place.find('[');
  return open == std::string_view::npos ? std::string_view() : place.substr(0, open);
}

std::string with_choice(std::string_view place, std::string_view value) {
  const std::size_t equals = place.find('=');
  const std::size_t close = place.find(']', equals);
  return fmt::format("{}{}{}", place.substr(0, equals + 1), value, place.substr(close));
}

bool is_place(std::string_view place) {
  if (place.find_first_of("[]") == std::string_view::npos) {
    return true;
  }
  const std::string_view whole = place;
  const Step step = take_step(place);
  const bool is_plain = (step.name + step.member + step.value).find_first_of("[]") == std::string::npos;
  const bool is_chosen_well = step.member.empty() || (!step.value.empty() && whole[whole.size() - place.size() - 1] == '.');
  return is_plain && is_chosen_well && !place.empty() && is_place(place);
}

std::string doubt_at(const Json& document, std::string_view place) {
  const Json* at = &document;
  std::string gone;
  while (!place.empty() && at != nullptr) {
    if (at->is_array()) {
      return fmt::format("a list at {}, of which nothing is chosen", gone);
    }
    const Step step = take_step(place);
    gone += (gone.empty() ? "" : ".") + step.name;
    const Json* const list = step.member.empty() ? nullptr : find_at(*at, step.name);
    if (list != nullptr && list->is_array()) {
      const auto count = std::ranges::count_if(*list, [&](const Json& object) { return is_chosen(object, step); });
      if (count > 1) {
        return fmt::format("{} objects in the list {} with {} {}", count, gone, step.member, step.value);
      }
    }
    at = follow(*at, step);
  }
  return "";
}

}  // namespace lakeflow
