#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/options.h"

namespace lakeflow {

enum class OptionType { kText, kInteger, kBoolean, kDuration, kBytes, kUrl, kPath, kChoice };

// One option of a connection or of a table.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::kText;
  bool required = false;
  bool secret = false;  // never shown, and asked for by reference: {{secrets/scope/key}}
  std::optional<std::string> default_value;
  std::vector<std::string> choices;  // of kChoice
  std::string help;                  // one sentence
};

// Options that connectors of one kind share ("rest"), each as the text of a connector_spec.yaml without a name.
using SharedOptions = std::map<std::string, std::string, std::less<>>;

// What a connector declares about itself, from its connector_spec.yaml, compiled in. It alone drives validation, --help,
// the tables of the README and the options that Spark takes.
struct ConnectorSpec {
  std::string name;
  std::string display_name;
  std::string description;
  std::vector<OptionSpec> connection_options;
  std::vector<OptionSpec> table_options;
  // Options of a connection with which the connector lists and declares all of its tables without reaching anything: examples' addresses, for
  // its documentation and its review. Checked as a connection's are. Empty where it needs none.
  Options documentation_options;
  std::string text;  // that it was parsed from

  // Parses the YAML text of a connector_spec.yaml; errors name line and column. `include: [rest]` takes in the shared options of that name, behind
  // its own ones; one that it declares itself stands instead of the shared one.
  static Result<ConnectorSpec> parse(std::string_view yaml, const SharedOptions& shared = {});

  // Checks the options and fills in defaults. An unknown name is a user error with the nearest known one, as are a
  // value of the wrong type (the message never holds the value of a secret) and a missing required option.
  Result<Options> check_connection_options(const Options& given) const;
  Result<Options> check_table_options(const Options& given) const;
};

std::string_view option_type_name(OptionType type);

}  // namespace lakeflow
