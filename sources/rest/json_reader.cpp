#include "sources/rest/json_reader.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "sources/interface/raw_records.h"

namespace lakeflow {
namespace {

using simdjson::ondemand::array;
using simdjson::ondemand::document;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

Error not_json(simdjson::error_code code) { return Error::data(fmt::format("is no JSON ({})", simdjson::error_message(code))); }

// How a value begins; simdjson does not tell another value from no JSON where it looks for an object.
bool begins_a_value(std::string_view json) {
  const std::size_t first = json.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && std::string_view("{[\"-0123456789tfn").contains(json[first]);
}

std::string_view trimmed(std::string_view text) { return text.substr(0, text.find_last_not_of(" \t\r\n") + 1); }

}  // namespace

struct JsonReader::Parser {
  simdjson::ondemand::parser parser;
  document current;

  // The value at a place that is not the whole; nothing where there is none.
  Result<std::optional<value>> descend(std::string_view json, std::string_view place) {
    if (const auto error = parser.iterate(json.data(), json.size(), json.size() + kPadding).get(current)) {
      return std::unexpected(not_json(error));
    }
    std::optional<value> found;
    while (!place.empty()) {
      const std::size_t dot = std::min(place.find('.'), place.size());
      object members;
      const auto no_object = found ? found->get_object().get(members) : current.get_object().get(members);
      if (no_object == simdjson::INCORRECT_TYPE) {
        if (!begins_a_value(json)) {
          return std::unexpected(not_json(simdjson::TAPE_ERROR));
        }
        return std::nullopt;
      }
      if (no_object) {
        return std::unexpected(not_json(no_object));
      }
      value next;
      const auto missing = members.find_field_unordered(place.substr(0, dot)).get(next);
      if (missing == simdjson::NO_SUCH_FIELD) {
        return std::nullopt;
      }
      if (missing) {
        return std::unexpected(not_json(missing));
      }
      found = next;
      place.remove_prefix(std::min(dot + 1, place.size()));
    }
    return found;
  }
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

Result<std::optional<std::string_view>> JsonReader::find(std::string_view json, std::string_view place) {
  LAKEFLOW_ASSIGN(std::optional<value> found, parser_->descend(json, place));
  if (!found) {
    return place.empty() ? std::optional(trimmed(json)) : std::nullopt;
  }
  std::string_view text;
  if (const auto error = found->raw_json().get(text)) {
    return std::unexpected(not_json(error));
  }
  return std::optional(trimmed(text));
}

Result<std::optional<std::vector<std::string_view>>> JsonReader::elements(std::string_view json, std::string_view place) {
  LAKEFLOW_ASSIGN(std::optional<value> found, parser_->descend(json, place));
  if (!found && !place.empty()) {
    return std::nullopt;
  }
  simdjson::ondemand::json_type type{};
  if (const auto error = found ? found->type().get(type) : parser_->current.type().get(type)) {
    return std::unexpected(not_json(error));
  }
  if (type == simdjson::ondemand::json_type::null) {
    return std::nullopt;
  }
  array list;
  if (const auto error = found ? found->get_array().get(list) : parser_->current.get_array().get(list)) {
    return std::unexpected(error == simdjson::INCORRECT_TYPE ? Error::data("has no list there, but another value") : not_json(error));
  }
  std::vector<std::string_view> elements;
  for (auto element : list) {
    std::string_view text;
    if (const auto error = element.raw_json().get(text)) {
      return std::unexpected(not_json(error));
    }
    elements.push_back(trimmed(text));
  }
  return elements;
}

std::string plain_text(std::string_view json_value) {
  if (!json_value.starts_with('"')) {
    return std::string(json_value);
  }
  const nlohmann::json text = nlohmann::json::parse(json_value, nullptr, false);
  return text.is_string() ? text.get<std::string>() : std::string(json_value);
}

}  // namespace lakeflow
