#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "base/error.h"

namespace lakeflow {

// A node of a YAML file and the file's name: what an error needs to say where. yaml-cpp counts from 0, people from 1.
class YamlPlace {
 public:
  YamlPlace(std::string_view file_name, const YAML::Mark& mark);
  std::string text() const { return text_; }  // "clinic.yaml:7:5"
  std::unexpected<Error> user_error(std::string message, std::string next_step = {}) const;

 private:
  std::string text_;
};

// A mapping of the file whose keys are known beforehand. Lives as long as the file's name.
class YamlSection {
 public:
  // `what` is for messages: "destination", "table". Not a mapping, a key that is not known or a key that comes twice: errors.
  // Where `known` is empty every key goes.
  static Result<YamlSection> open(const YAML::Node& node, std::string_view what, std::string_view file_name, std::span<const std::string> known);

  // The value, or nothing where the key is absent or its value null.
  std::optional<YAML::Node> find(std::string_view key) const;
  Result<YAML::Node> require(std::string_view key) const;

  // A scalar that is not empty; as written, whether it was quoted or not.
  Result<std::optional<std::string>> text(std::string_view key) const;
  Result<std::string> required_text(std::string_view key) const;
  // A list of texts; one text alone is a list of one, and so is a text that holds a JSON list.
  Result<std::vector<std::string>> texts(std::string_view key) const;

  const std::vector<std::pair<YAML::Node, YAML::Node>>& members() const { return members_; }
  YamlPlace place() const;
  YamlPlace place_of(std::string_view key) const;  // its value's, or the section's where it is absent
  YamlPlace place(const YAML::Node& node) const { return {file_name_, node.Mark()}; }

 private:
  YamlSection(const YAML::Node& node, std::string_view what, std::string_view file_name) : node_(node), what_(what), file_name_(file_name) {}

  YAML::Node node_;
  std::string what_;
  std::string_view file_name_;
  std::vector<std::pair<YAML::Node, YAML::Node>> members_;
};

}  // namespace lakeflow
