#include "libs/yaml/yaml_section.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/options.h"

namespace lakeflow {
namespace {

std::string_view kind_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map: return "a mapping";
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Scalar: return "a text";
    default: return "nothing";
  }
}

}  // namespace

YamlPlace::YamlPlace(std::string_view file_name, const YAML::Mark& mark)
    : text_(fmt::format("{}:{}:{}", file_name, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1)) {}

std::unexpected<Error> YamlPlace::user_error(std::string message, std::string next_step) const {
  return std::unexpected(Error::user(std::move(message), std::move(next_step)).at(text_));
}

Result<YamlSection> YamlSection::open(const YAML::Node& node, std::string_view what, std::string_view file_name, std::span<const std::string> known) {
  YamlSection section(node, what, file_name);
  if (!node.IsMap()) {
    return section.place().user_error(fmt::format("{} must be a mapping, and is {}", what, kind_of(node)));
  }
  std::set<std::string> seen;
  for (const auto& member : node) {
    const YAML::Node& key = member.first;
    if (!key.IsScalar()) {
      return section.place(key).user_error(fmt::format("a key of {} is {}, not a text", what, kind_of(key)));
    }
    const std::string& name = key.Scalar();
    if (!known.empty() && std::ranges::find(known, name) == known.end()) {
      const std::optional<std::string> nearest = nearest_name(name, known);
      return section.place(key).user_error(
          fmt::format("unknown key {} in {}", name, what),
          nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("known keys: {}", fmt::join(known, ", ")));
    }
    if (!seen.insert(name).second) {
      return section.place(key).user_error(fmt::format("the key {} stands twice in {}", name, what), "keep one of them");
    }
    section.members_.emplace_back(key, member.second);
  }
  return section;
}

YamlPlace YamlSection::place() const { return {file_name_, node_.Mark()}; }

YamlPlace YamlSection::place_of(std::string_view key) const {
  const std::optional<YAML::Node> value = find(key);
  return value ? place(*value) : place();
}

std::optional<YAML::Node> YamlSection::find(std::string_view key) const {
  for (const auto& [name, value] : members_) {
    if (name.Scalar() == key && !value.IsNull()) {
      return value;
    }
  }
  return std::nullopt;
}

Result<YAML::Node> YamlSection::require(std::string_view key) const {
  if (std::optional<YAML::Node> value = find(key)) {
    return *std::move(value);
  }
  return place().user_error(fmt::format("the key {} is missing in {}", key, what_));
}

Result<std::optional<std::string>> YamlSection::text(std::string_view key) const {
  const std::optional<YAML::Node> value = find(key);
  if (!value) {
    return std::nullopt;
  }
  if (!value->IsScalar()) {
    return place(*value).user_error(fmt::format("{} must be a text, and is {}", key, kind_of(*value)));
  }
  if (value->Scalar().find_first_not_of(" \t\r\n") == std::string::npos) {
    return place(*value).user_error(fmt::format("{} is empty", key));
  }
  return value->Scalar();
}

Result<std::string> YamlSection::required_text(std::string_view key) const {
  LAKEFLOW_TRY(require(key));
  LAKEFLOW_ASSIGN(std::optional<std::string> value, text(key));
  return std::move(value).value_or("");
}

Result<std::vector<std::string>> YamlSection::texts(std::string_view key) const {
  const std::optional<YAML::Node> value = find(key);
  if (!value) {
    return std::vector<std::string>();
  }
  const YamlPlace where = place(*value);
  YAML::Node list = *value;
  if (list.IsScalar()) {
    LAKEFLOW_ASSIGN(const std::string one, required_text(key));
    if (!one.starts_with('[')) {
      return std::vector<std::string>{one};
    }
    try {
      list = YAML::Load(one);
    } catch (const YAML::Exception&) {
      return where.user_error(fmt::format("{} is neither a name nor a list of names", key));
    }
  }
  if (!list.IsSequence() || list.size() == 0) {
    return where.user_error(fmt::format("{} must be a name or a list of names", key));
  }
  std::vector<std::string> texts;
  for (const YAML::Node& item : list) {
    if (!item.IsScalar() || item.Scalar().empty()) {
      return where.user_error(fmt::format("{} holds {} where a name should be", key, item.IsScalar() ? "an empty text" : kind_of(item)));
    }
    if (std::ranges::find(texts, item.Scalar()) != texts.end()) {
      return where.user_error(fmt::format("{} names {} twice", key, item.Scalar()));
    }
    texts.push_back(item.Scalar());
  }
  return texts;
}

}  // namespace lakeflow
