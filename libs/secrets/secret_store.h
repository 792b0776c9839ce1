#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// Looks up secrets by reference: {{secrets/scope/key}}, where scope and key are letters, digits, '_', '-' and '.'.
// First in the environment, as LAKEFLOW_SECRET_<SCOPE>_<KEY> (upper case, every other character as '_'); then in a YAML
// file of the form  scope: {key: value}.  The file is read when a reference asks for it, and refused unless it belongs to
// the user (or root) and nobody else may read it (mode 0600 or stricter), as ssh does with keys.
// A value; thread-safe. Errors name the reference and never a value.
class SecretStore {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  // The process's environment, and $XDG_CONFIG_HOME/lakeflow/secrets.yaml (~/.config/lakeflow/secrets.yaml), which need not be there.
  SecretStore();
  // The process's environment and this file, which must be there by the time that it is asked.
  explicit SecretStore(std::filesystem::path file);
  // No file where it is empty.
  SecretStore(Environment environment, std::filesystem::path file);

  // The value of one secret; a user error where it is nowhere.
  Result<std::string> find(std::string_view scope, std::string_view key) const;

  // The text with every reference replaced. A value that looks like a reference is not looked up again.
  Result<std::string> resolve(std::string_view text) const;

 private:
  Environment environment_;
  std::filesystem::path file_;
  bool file_required_ = false;
};

// The environment's name of a secret: LAKEFLOW_SECRET_CLINIC_FHIR for clinic/fhir.
std::string secret_variable(std::string_view scope, std::string_view key);

// Whether the text holds "{{secrets/".
bool has_secret_reference(std::string_view text);

}  // namespace lakeflow
