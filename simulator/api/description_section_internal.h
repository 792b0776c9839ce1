#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "libs/yaml/yaml_section.h"
#include "simulator/api/time_format.h"

namespace lakeflow {

// A mapping of a description, with the kinds of values that descriptions have.
class DescriptionSection {
 public:
  // As YamlSection::open; the keys that are known live as long as the section.
  static Result<DescriptionSection> open(const YAML::Node& node, std::string_view what, std::string_view file_name,
                                         std::span<const std::string> known);

  bool has(std::string_view key) const { return section_.find(key).has_value(); }
  bool is_mapping(std::string_view key) const {
    const auto value = section_.find(key);
    return value && value->IsMap();
  }
  // A mapping that must be there.
  Result<DescriptionSection> section(std::string_view key, std::span<const std::string> known) const;

  Result<std::optional<std::string>> text(std::string_view key) const { return section_.text(key); }
  Result<std::string> required_text(std::string_view key) const { return section_.required_text(key); }
  Result<std::string> text_or(std::string_view key, std::string_view otherwise) const;
  Result<std::vector<std::string>> texts(std::string_view key) const { return section_.texts(key); }
  // Whole and not negative.
  Result<std::uint64_t> count(std::string_view key, std::uint64_t otherwise) const;
  // Not negative.
  Result<double> number(std::string_view key, double otherwise, double most) const;
  Result<bool> flag(std::string_view key, bool otherwise) const;
  Result<std::string> choice(std::string_view key, std::string_view otherwise, const std::vector<std::string>& choices) const;
  Result<TimeFormat> time_format(std::string_view key, TimeFormat otherwise) const;
  // "/orders/{id}" in its parts.
  Result<std::vector<std::string>> path(std::string_view key, std::string_view otherwise) const;

  const std::vector<std::pair<YAML::Node, YAML::Node>>& members() const { return section_.members(); }
  std::string_view file_name() const { return file_name_; }
  YamlPlace place() const { return section_.place(); }
  YamlPlace place_of(std::string_view key) const { return section_.place_of(key); }

 private:
  DescriptionSection(YamlSection section, std::string_view file_name) : section_(std::move(section)), file_name_(file_name) {}

  YamlSection section_;
  std::string_view file_name_;
};

}  // namespace lakeflow
