#include "libs/fhir/rescued_patch.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <simdjson.h>

#include "base/json_text.h"

namespace lakeflow::fhir {
namespace {

Error no_rescued_text() { return Error::data("the rescued text of a row is none that a decoder writes"); }

// Where the text of a JSON string that begins at `at` ends, behind its quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The place that a path leads to, made where it is not there. Null where the path is none; `again` where it is that of a repeated member.
RescuedPatch* place_at(RescuedPatch& root, std::string_view path, bool& again) {
  RescuedPatch* place = &root;
  while (!path.empty()) {
    if (path.starts_with('#')) {
      again = true;
      return place;
    }
    if (path.starts_with("[\"")) {
      const std::size_t end = end_of_string(path, 1);
      if (end == std::string_view::npos || end >= path.size() || path[end] != ']') {
        return nullptr;
      }
      place = &place->members[std::string(path.substr(1, end - 1))];
      path.remove_prefix(end + 1);
    } else if (path.starts_with('[')) {
      std::int64_t index = 0;
      const auto [end, failure] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (failure != std::errc() || end == path.data() + path.size() || *end != ']') {
        return nullptr;
      }
      place = &place->elements[index];
      path.remove_prefix(static_cast<std::size_t>(end + 1 - path.data()));
    } else {
      path.remove_prefix(path.starts_with('.') ? 1 : 0);
      const std::size_t end = std::min(path.find_first_of(".[#"), path.size());
      if (end == 0) {
        return nullptr;
      }
      std::string key;
      append_json_string(key, path.substr(0, end));
      place = &place->members[key];
      path.remove_prefix(end);
    }
  }
  return place;
}

}  // namespace

const RescuedPatch* RescuedPatch::member(std::string_view key) const {
  const auto found = members.find(key);
  return found == members.end() ? nullptr : &found->second;
}

const RescuedPatch* RescuedPatch::element(std::int64_t index) const {
  const auto found = elements.find(index);
  return found == elements.end() ? nullptr : &found->second;
}

Result<RescuedPatch> parse_rescued(std::string_view rescued) {
  RescuedPatch root;
  if (rescued.empty()) {
    return root;
  }
  const simdjson::padded_string text(rescued);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) {
    return std::unexpected(no_rescued_text());
  }
  for (auto member : object) {
    simdjson::ondemand::field field;
    std::string_view path;
    std::string_view value;
    if (std::move(member).get(field) != simdjson::SUCCESS || field.unescaped_key(true).get(path) != simdjson::SUCCESS ||
        field.value().raw_json().get(value) != simdjson::SUCCESS) {
      return std::unexpected(no_rescued_text());
    }
    bool again = false;
    RescuedPatch* const place = place_at(root, path, again);
    if (place == nullptr || path.empty()) {
      return std::unexpected(no_rescued_text());
    }
    if (!again) {
      place->text = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    }
  }
  return root;
}

}  // namespace lakeflow::fhir
