#include "libs/secrets/secret_file.h"

#include <chrono>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "libs/secrets/private_file.h"
#include "libs/secrets/secret_command.h"

namespace lakeflow {
namespace {

constexpr std::chrono::seconds kPatience(30);

Result<std::string> text_of_file(const std::filesystem::path& file, const std::filesystem::path& named) {
  LAKEFLOW_ASSIGN(std::string text, read_private_file(named.is_absolute() ? named : file.parent_path() / named, "the secret's own file"));
  if (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

// {file: path} or {command: [program, word …]}; nothing where it is neither.
Result<std::optional<std::string>> fetched(const YAML::Node& value, const std::filesystem::path& file) {
  if (!value.IsMap() || value.size() != 1) {
    return std::nullopt;
  }
  if (const YAML::Node named = value["file"]; named && named.IsScalar()) {
    return text_of_file(file, named.Scalar());
  }
  const YAML::Node command = value["command"];
  if (!command || !command.IsSequence()) {
    return std::nullopt;
  }
  std::vector<std::string> words;
  for (const YAML::Node& word : command) {
    if (!word.IsScalar()) {
      return std::nullopt;
    }
    words.push_back(word.Scalar());
  }
  return secret_of_command(words, kPatience);
}

}  // namespace

Result<std::optional<std::string>> find_in_secret_file(const std::filesystem::path& file, bool required, std::string_view scope,
                                                       std::string_view key) {
  std::error_code unknown;
  if (!required && !std::filesystem::exists(file, unknown) && !unknown) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const std::string text, read_private_file(file, "the file of secrets"));
  try {
    const YAML::Node root = YAML::Load(text);
    const auto malformed = [&](const YAML::Node& node) {
      return std::unexpected(Error::user(fmt::format(
          "{}:{}:{}: a file of secrets holds  scope: {{key: value}}, where a value is a text, {{file: path}} or {{command: [program, word]}}",
          file.string(), node.Mark().line + 1, node.Mark().column + 1)));
    };
    if (root.IsNull()) return std::nullopt;
    if (!root.IsMap()) return malformed(root);
    const YAML::Node keys = root[std::string(scope)];
    if (!keys) return std::nullopt;
    if (!keys.IsMap()) return malformed(keys);
    const YAML::Node value = keys[std::string(key)];
    if (!value) return std::nullopt;
    if (value.IsScalar()) return value.Scalar();
    LAKEFLOW_ASSIGN(std::optional<std::string> fetched_text, fetched(value, file));
    if (!fetched_text) return malformed(value);
    return fetched_text;
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Error::user(fmt::format("{}:{}:{}: this is no YAML", file.string(), problem.mark.line + 1, problem.mark.column + 1)));
  }
}

}  // namespace lakeflow
