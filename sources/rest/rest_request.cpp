#include "sources/rest/rest_request.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "libs/http/url.h"
#include "sources/rest/json_reader.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// A name with dots between its parts, of which numbers count the elements of a list: "filters.0.value".
Status set_at(Json& body, std::string_view place, Json value) {
  Json::json_pointer pointer;
  for (std::string_view rest = place; !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    pointer.push_back(std::string(rest.substr(0, dot)));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  try {
    body[pointer] = std::move(value);
  } catch (const Json::exception&) {  // nlohmann's way to say that a part is no object and no list
    return std::unexpected(Error::internal(fmt::format("the body has no place for {}", place)));
  }
  return {};
}

Status add_to_body(Json& body, const RestParameter& parameter) {
  Json value = Json::parse(parameter.json, nullptr, false);
  return set_at(body, parameter.name, value.is_discarded() ? Json(plain_text(parameter.json)) : std::move(value));
}

}  // namespace

RestParameter text_parameter(std::string_view name, std::string_view text) {
  return {std::string(name), Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace)};
}

RestParameter number_parameter(std::string_view name, std::int64_t number) { return {std::string(name), fmt::format("{}", number)}; }

Result<RestRequest> rest_request(const std::string& base_url, const RestList& list, std::string_view path, std::span<const RestParameter> further) {
  RestRequest request{.url = fmt::format("{}{}", base_url, path)};
  request.shown_url = path == list.path ? std::string() : base_url + list.path;
  if (list.method == RestList::Method::kGet) {
    for (const auto& [name, value] : list.parameters) {
      request.url = with_parameter(request.url, name, value);
    }
    for (const RestParameter& parameter : further) {
      request.url = with_parameter(request.url, parameter.name, plain_text(parameter.json));
    }
    return request;
  }
  Json body = list.body.empty() ? Json::object() : Json::parse(list.body, nullptr, false);
  for (const auto& [name, value] : list.parameters) {
    LAKEFLOW_TRY(add_to_body(body, text_parameter(name, value)));
  }
  for (const RestParameter& parameter : further) {
    LAKEFLOW_TRY(add_to_body(body, parameter));
  }
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

std::vector<std::string> places_in(const RestRequest& request) {
  const Json body = Json::parse(request.body, nullptr, false);
  std::vector<std::string> places;
  if (body.is_object()) {
    const Json flat = body.flatten();
    for (const auto& [pointer, value] : flat.items()) {
      std::string place = pointer.substr(pointer.starts_with('/') ? 1 : 0);
      std::ranges::replace(place, '/', '.');
      places.push_back(std::move(place));
    }
  }
  return places;
}

}  // namespace lakeflow
