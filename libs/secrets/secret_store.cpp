#include "libs/secrets/secret_store.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "libs/secrets/secret_file.h"

namespace lakeflow {
namespace {

constexpr std::string_view kOpening = "{{secrets/";
constexpr std::string_view kClosing = "}}";

bool is_name(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::filesystem::path default_file() {
  if (const std::optional<std::string> config = process_environment("XDG_CONFIG_HOME"); config && !config->empty()) {
    return std::filesystem::path(*config) / "lakeflow" / "secrets.yaml";
  }
  if (const std::optional<std::string> home = process_environment("HOME"); home && !home->empty()) {
    return std::filesystem::path(*home) / ".config" / "lakeflow" / "secrets.yaml";
  }
  return {};
}

void append_variable_part(std::string& name, std::string_view part) {
  for (const char c : part) {
    if (c >= 'a' && c <= 'z') {
      name += static_cast<char>(c - 'a' + 'A');
    } else {
      name += (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    }
  }
}

}  // namespace

SecretStore::SecretStore() : environment_(process_environment), file_(default_file()) {}
SecretStore::SecretStore(std::filesystem::path file) : environment_(process_environment), file_(std::move(file)), file_required_(true) {}
SecretStore::SecretStore(Environment environment, std::filesystem::path file)
    : environment_(std::move(environment)), file_(std::move(file)), file_required_(!file_.empty()) {}

Result<std::string> SecretStore::find(std::string_view scope, std::string_view key) const {
  const std::string variable = secret_variable(scope, key);
  if (std::optional<std::string> value = environment_(variable)) {
    return *std::move(value);
  }
  const std::string reference = fmt::format("{}{}/{}{}", kOpening, scope, key, kClosing);
  if (file_.empty()) {
    return std::unexpected(
        Error::user(fmt::format("the secret {} is not there", reference), fmt::format("set the environment variable {}", variable)));
  }
  Result<std::optional<std::string>> value = find_in_secret_file(file_, file_required_, scope, key);
  if (!value) {
    return std::unexpected(value.error().at(fmt::format("looking for the secret {}", reference)));
  }
  if (const std::optional<std::string>& found = *value) {
    return *found;
  }
  return std::unexpected(
      Error::user(fmt::format("the secret {} is not there", reference),
                  fmt::format("set the environment variable {}, or write  {}: {{{}: …}}  into {}", variable, scope, key, file_.string())));
}

Result<std::string> SecretStore::resolve(std::string_view text) const {
  std::string resolved;
  while (true) {
    const std::size_t start = text.find(kOpening);
    if (start == std::string_view::npos) {
      resolved += text;
      return resolved;
    }
    resolved += text.substr(0, start);
    text.remove_prefix(start + kOpening.size());
    const std::size_t end = text.find(kClosing);
    const std::string_view path = text.substr(0, end);
    const std::size_t slash = path.find('/');
    if (end == std::string_view::npos || slash == std::string_view::npos || !is_name(path.substr(0, slash)) || !is_name(path.substr(slash + 1))) {
      return std::unexpected(
          Error::user("a reference to a secret is malformed", "write it as {{secrets/<scope>/<key>}}; names are letters, digits, '_', '-' and '.'"));
    }
    LAKEFLOW_ASSIGN(const std::string value, find(path.substr(0, slash), path.substr(slash + 1)));
    resolved += value;
    text.remove_prefix(end + kClosing.size());
  }
}

std::string secret_variable(std::string_view scope, std::string_view key) {
  std::string name = "LAKEFLOW_SECRET_";
  append_variable_part(name, scope);
  name += '_';
  append_variable_part(name, key);
  return name;
}

bool has_secret_reference(std::string_view text) { return text.find(kOpening) != std::string_view::npos; }

}  // namespace lakeflow
