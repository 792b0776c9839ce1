#include "sources/rest/next_place.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace lakeflow {
namespace {

// "link", "relation", "next" and "url" of "link[relation=next].url".
struct Choice {
  std::string_view list;
  std::string_view member;
  std::string_view value;
  std::string_view place;  // in the object that is chosen
};

// Nothing where the place chooses none, or is none.
std::optional<Choice> choice_of(std::string_view place) {
  const std::size_t open = place.find('[');
  const std::size_t equals = place.find('=', std::min(open, place.size()));
  const std::size_t close = place.find("].", std::min(equals, place.size()));
  if (close == std::string_view::npos || equals == open + 1 || close == equals + 1 || close + 2 == place.size()) {
    return std::nullopt;
  }
  return Choice{.list = place.substr(0, open),
                .member = place.substr(open + 1, equals - open - 1),
                .value = place.substr(equals + 1, close - equals - 1),
                .place = place.substr(close + 2)};
}

bool is_structured(std::string_view json_value) { return json_value.starts_with('[') || json_value.starts_with('{'); }

Error no_choice(std::string_view place, std::string_view kind) {
  return Error::source(fmt::format("the answer has {} at {}, and next_at does not say what of it", kind, place),
                       kind == "a list" ? fmt::format("choose by a member: {}[relation=next].url", place) : "name the member of it (next_at)");
}

// A list on the way to a place: what is behind it can't be found, and is no sign of the last page.
Status refuse_lists(JsonReader& json, std::string_view answer, std::string_view place) {
  for (std::size_t dot = place.find('.'); dot != std::string_view::npos; dot = place.find('.', dot + 1)) {
    LAKEFLOW_ASSIGN(const auto value, json.find(answer, place.substr(0, dot)));
    if (value && value->starts_with('[')) {
      return std::unexpected(no_choice(place.substr(0, dot), "a list"));
    }
  }
  return {};
}

}  // namespace

bool is_next_place(std::string_view place) {
  while (place.find_first_of("[]") != std::string_view::npos) {
    const std::optional<Choice> choice = choice_of(place);
    if (!choice || choice->list.contains(']') || choice->member.find_first_of("[].") != std::string_view::npos) {
      return false;
    }
    place = choice->place;
  }
  return true;
}

Result<std::optional<std::string_view>> find_next(JsonReader& json, std::string_view answer, std::string_view place, NextValue takes) {
  const std::optional<Choice> choice = choice_of(place);
  if (!choice) {
    LAKEFLOW_ASSIGN(const auto value, json.find(answer, place));
    if (!value) {
      LAKEFLOW_TRY(refuse_lists(json, answer, place));
    } else if (takes == NextValue::kText && is_structured(*value)) {
      return std::unexpected(no_choice(place, value->starts_with('[') ? "a list" : "an object"));
    }
    return value;
  }
  LAKEFLOW_ASSIGN(const auto objects, json.elements(answer, choice->list));
  std::vector<std::string_view> chosen;
  for (const std::string_view object : objects.value_or(std::vector<std::string_view>())) {
    LAKEFLOW_ASSIGN(const auto value, json.find(object, choice->member));
    if (value && plain_text(*value) == choice->value) {
      chosen.push_back(object);
    }
  }
  if (chosen.size() > 1) {
    return std::unexpected(Error::source(fmt::format("the answer has {} objects with {} {} in its list {}: which one leads on is open", chosen.size(),
                                                     choice->member, choice->value, choice->list),
                                         "choose by a member that tells them apart (next_at), or ask whoever runs the server"));
  }
  return chosen.empty() ? std::optional<std::string_view>() : find_next(json, chosen.front(), choice->place, takes);
}

}  // namespace lakeflow
