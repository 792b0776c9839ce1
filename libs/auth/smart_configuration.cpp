#include "libs/auth/smart_configuration.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::json;

std::vector<std::string> texts_of(const Json& document, const char* name) {
  std::vector<std::string> texts;
  if (document.contains(name) && document.at(name).is_array()) {
    for (const Json& text : document.at(name)) {
      if (text.is_string()) {
        texts.push_back(text.get<std::string>());
      }
    }
  }
  return texts;
}

}  // namespace

bool SmartConfiguration::can(std::string_view capability) const { return std::ranges::find(capabilities, capability) != capabilities.end(); }

std::string smart_configuration_url(std::string_view base_url) { return fmt::format("{}/.well-known/smart-configuration", base_url); }

Result<SmartConfiguration> parse_smart_configuration(std::string_view json, std::string_view place) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("token_endpoint") || !document.at("token_endpoint").is_string()) {
    return std::unexpected(
        Error::source(fmt::format("{} is no SMART configuration with a token endpoint", place), "set token_url, if the server's makers name one"));
  }
  return SmartConfiguration{.token_endpoint = document.at("token_endpoint").get<std::string>(),
                            .capabilities = texts_of(document, "capabilities"),
                            .signing_algorithms = texts_of(document, "token_endpoint_auth_signing_alg_values_supported")};
}

}  // namespace lakeflow
