#include "libs/secrets/secret_file.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "libs/secrets/private_file.h"

namespace lakeflow {

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
      return std::unexpected(Error::user(fmt::format("{}:{}:{}: a file of secrets holds  scope: {{key: value}}  and nothing else", file.string(),
                                                     node.Mark().line + 1, node.Mark().column + 1)));
    };
    if (root.IsNull()) return std::nullopt;
    if (!root.IsMap()) return malformed(root);
    const YAML::Node keys = root[std::string(scope)];
    if (!keys) return std::nullopt;
    if (!keys.IsMap()) return malformed(keys);
    const YAML::Node value = keys[std::string(key)];
    if (!value) return std::nullopt;
    if (!value.IsScalar()) return malformed(value);
    return value.Scalar();
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Error::user(fmt::format("{}:{}:{}: this is no YAML", file.string(), problem.mark.line + 1, problem.mark.column + 1)));
  }
}

}  // namespace lakeflow
