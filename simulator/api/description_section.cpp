#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "simulator/api/description_section_internal.h"

namespace lakeflow {

Result<DescriptionSection> DescriptionSection::open(const YAML::Node& node, std::string_view what, std::string_view file_name,
                                                    std::span<const std::string> known) {
  LAKEFLOW_ASSIGN(YamlSection section, YamlSection::open(node, what, file_name, known));
  return DescriptionSection(std::move(section), file_name);
}

Result<DescriptionSection> DescriptionSection::section(std::string_view key, std::span<const std::string> known) const {
  LAKEFLOW_ASSIGN(const YAML::Node node, section_.require(key));
  return open(node, key, file_name_, known);
}

Result<std::string> DescriptionSection::text_or(std::string_view key, std::string_view otherwise) const {
  LAKEFLOW_ASSIGN(std::optional<std::string> value, section_.text(key));
  return std::move(value).value_or(std::string(otherwise));
}

Result<std::uint64_t> DescriptionSection::count(std::string_view key, std::uint64_t otherwise) const {
  LAKEFLOW_ASSIGN(const std::optional<std::string> value, section_.text(key));
  const auto number = value ? parse_integer(*value) : std::optional(static_cast<std::int64_t>(otherwise));
  if (!number || *number < 0) {
    return place_of(key).user_error(fmt::format("{} must be a whole number that is not negative", key));
  }
  return static_cast<std::uint64_t>(*number);
}

Result<double> DescriptionSection::number(std::string_view key, double otherwise, double most) const {
  LAKEFLOW_ASSIGN(const std::optional<std::string> value, section_.text(key));
  if (!value) {
    return otherwise;
  }
  double number = 0;
  const auto [stop, failure] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (failure != std::errc() || stop != value->data() + value->size() || !(number >= 0 && number <= most)) {
    return place_of(key).user_error(fmt::format("{} must be a number from 0 to {}", key, most));
  }
  return number;
}

Result<bool> DescriptionSection::flag(std::string_view key, bool otherwise) const {
  LAKEFLOW_ASSIGN(const std::optional<std::string> value, section_.text(key));
  const auto flag = value ? parse_boolean(*value) : std::optional(otherwise);
  if (!flag) {
    return place_of(key).user_error(fmt::format("{} must be true or false", key));
  }
  return *flag;
}

Result<std::string> DescriptionSection::choice(std::string_view key, std::string_view otherwise, const std::vector<std::string>& choices) const {
  LAKEFLOW_ASSIGN(std::string value, text_or(key, otherwise));
  if (std::ranges::find(choices, value) == choices.end()) {
    const auto nearest = nearest_name(value, choices);
    return place_of(key).user_error(fmt::format("{} can't be {}", key, value),
                                    nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("it is one of {}", fmt::join(choices, ", ")));
  }
  return value;
}

Result<TimeFormat> DescriptionSection::time_format(std::string_view key, TimeFormat otherwise) const {
  if (!has(key)) {
    return otherwise;
  }
  LAKEFLOW_ASSIGN(const std::string name, choice(key, "iso", {"iso", "iso-seconds", "date", "epoch-seconds", "epoch-milliseconds"}));
  return time_format_of(name).value_or(otherwise);
}

Result<std::vector<std::string>> DescriptionSection::path(std::string_view key, std::string_view otherwise) const {
  LAKEFLOW_ASSIGN(const std::string text, text_or(key, otherwise));
  std::vector<std::string> parts;
  if (!text.empty() && text.front() != '/') {
    return place_of(key).user_error(fmt::format("{} must begin with a slash", key), fmt::format("write {}: /{}", key, text));
  }
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    std::string part = text.substr(at, end - at);
    if (part.empty() || part.find_first_of("?#") != std::string::npos || part.starts_with('{') != part.ends_with('}')) {
      return place_of(key).user_error(fmt::format("{} is no path such as /orders/{{id}}", key));
    }
    parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

}  // namespace lakeflow
