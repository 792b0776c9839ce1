#include "engine/pipeline/option_text.h"

#include <array>
#include <string>

#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr int kMaximumDepth = 64;
constexpr std::size_t kMaximumBytes = 1U << 20U;

// yaml-cpp tags an unquoted scalar "?", a quoted one "!".
bool is_plain(const YAML::Node& node) { return node.Tag() == "?" || node.Tag().empty(); }

bool is_true(std::string_view text) { return text == "true" || text == "True" || text == "TRUE"; }
bool is_false(std::string_view text) { return text == "false" || text == "False" || text == "FALSE"; }

// RFC 8259 §6.
bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const std::size_t first = at;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

Status append_json(std::string& out, const YAML::Node& node, const YamlPlace& place, int depth) {
  if (depth > kMaximumDepth || out.size() > kMaximumBytes) {
    return place.user_error("the value is too large or too deeply nested for an option");
  }
  switch (node.Type()) {
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined: out += "null"; return {};
    case YAML::NodeType::Scalar: {
      const std::string& text = node.Scalar();
      if (is_plain(node) && is_true(text)) {
        out += "true";
      } else if (is_plain(node) && is_false(text)) {
        out += "false";
      } else if (is_plain(node) && is_json_number(text)) {
        out += text;
      } else {
        append_json_string(out, text);
      }
      return {};
    }
    case YAML::NodeType::Sequence: {
      out += '[';
      bool first = true;
      for (const YAML::Node& item : node) {
        if (!std::exchange(first, false)) out += ',';
        LAKEFLOW_TRY(append_json(out, item, place, depth + 1));
      }
      out += ']';
      return {};
    }
    case YAML::NodeType::Map: {
      out += '{';
      bool first = true;
      for (const auto& member : node) {
        if (!std::exchange(first, false)) out += ',';
        if (!member.first.IsScalar()) {
          return place.user_error("a key of the value is not a text");
        }
        append_json_string(out, member.first.Scalar());
        out += ':';
        LAKEFLOW_TRY(append_json(out, member.second, place, depth + 1));
      }
      out += '}';
      return {};
    }
  }
  return {};
}

}  // namespace

Result<std::string> option_text(const YAML::Node& node, const YamlPlace& place) {
  if (node.IsNull()) {
    return place.user_error("the option has no value", "give it one, or take the line out");
  }
  if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    if (is_plain(node) && is_true(text)) return "true";
    if (is_plain(node) && is_false(text)) return "false";
    return text;
  }
  std::string json;
  LAKEFLOW_TRY(append_json(json, node, place, 0));
  return json;
}

}  // namespace lakeflow
