#include "sources/interface/connector_spec.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

namespace lakeflow {
namespace {

struct TypeName {
  OptionType type;
  std::string_view name;
};

constexpr std::array kTypeNames = {
    TypeName{OptionType::kText, "text"},         TypeName{OptionType::kInteger, "integer"}, TypeName{OptionType::kBoolean, "boolean"},
    TypeName{OptionType::kDuration, "duration"}, TypeName{OptionType::kBytes, "bytes"},     TypeName{OptionType::kUrl, "url"},
    TypeName{OptionType::kPath, "path"},         TypeName{OptionType::kChoice, "choice"},
};

Error error_at(const YAML::Node& node, std::string message) {
  return Error::user(fmt::format("connector_spec.yaml:{}:{}: {}", node.Mark().line + 1, node.Mark().column + 1, message));
}

Result<OptionSpec> parse_option(const std::string& name, const YAML::Node& node) {
  OptionSpec option;
  option.name = name;
  if (!node.IsMap()) {
    return std::unexpected(error_at(node, fmt::format("option {} is not a mapping", name)));
  }
  for (const auto& member : node) {
    const std::string key = member.first.as<std::string>();
    const YAML::Node& value = member.second;
    if (key == "type") {
      const auto found = std::ranges::find(kTypeNames, value.as<std::string>(), &TypeName::name);
      if (found == kTypeNames.end()) {
        return std::unexpected(error_at(value, fmt::format("unknown type of option {}", name)));
      }
      option.type = found->type;
    } else if (key == "required") {
      option.required = value.as<bool>();
    } else if (key == "secret") {
      option.secret = value.as<bool>();
    } else if (key == "default") {
      option.default_value = value.as<std::string>();
    } else if (key == "choices") {
      option.choices = value.as<std::vector<std::string>>();
    } else if (key == "help") {
      option.help = value.as<std::string>();
    } else {
      return std::unexpected(error_at(member.first, fmt::format("unknown key {} of option {}", key, name)));
    }
  }
  return option;
}

Result<std::vector<OptionSpec>> parse_options(const YAML::Node& node) {
  std::vector<OptionSpec> options;
  for (const auto& member : node) {
    LAKEFLOW_ASSIGN(OptionSpec option, parse_option(member.first.as<std::string>(), member.second));
    options.push_back(std::move(option));
  }
  return options;
}

Result<Options> parse_values(const YAML::Node& node) {
  if (!node.IsMap()) {
    return std::unexpected(error_at(node, "documentation_options is not a mapping"));
  }
  Options values;
  for (const auto& member : node) {
    values.set(member.first.as<std::string>(), member.second.as<std::string>());
  }
  return values;
}

Status parse_declarations(const YAML::Node& root, ConnectorSpec& spec) {
  for (const auto& member : root) {
    const std::string key = member.first.as<std::string>();
    if (key == "name") {
      spec.name = member.second.as<std::string>();
    } else if (key == "display_name") {
      spec.display_name = member.second.as<std::string>();
    } else if (key == "description") {
      spec.description = member.second.as<std::string>();
    } else if (key == "connection_options") {
      LAKEFLOW_ASSIGN(spec.connection_options, parse_options(member.second));
    } else if (key == "table_options") {
      LAKEFLOW_ASSIGN(spec.table_options, parse_options(member.second));
    } else if (key == "documentation_options") {
      LAKEFLOW_ASSIGN(spec.documentation_options, parse_values(member.second));
    } else if (key != "include") {
      return std::unexpected(error_at(member.first, fmt::format("unknown key {}", key)));
    }
  }
  return {};
}

// Those that are not declared yet.
void add_options(const std::vector<OptionSpec>& shared, std::vector<OptionSpec>& options) {
  for (const OptionSpec& option : shared) {
    if (std::ranges::find(options, option.name, &OptionSpec::name) == options.end()) {
      options.push_back(option);
    }
  }
}

Status include_options(const YAML::Node& name, const SharedOptions& shared, ConnectorSpec& spec) {
  const auto found = shared.find(name.as<std::string>());
  if (found == shared.end()) {
    return std::unexpected(error_at(name, fmt::format("there are no shared options with the name {} here", name.as<std::string>())));
  }
  ConnectorSpec included;
  LAKEFLOW_TRY(parse_declarations(YAML::Load(found->second), included));
  add_options(included.connection_options, spec.connection_options);
  add_options(included.table_options, spec.table_options);
  return {};
}

// Why a value does not fit, as the rest of a sentence; nothing where it fits.
std::optional<std::string> misfit(const OptionSpec& option, const std::string& value) {
  switch (option.type) {
    case OptionType::kText:
    case OptionType::kPath: return std::nullopt;
    case OptionType::kInteger: return parse_integer(value) ? std::nullopt : std::optional<std::string>("is not a whole number");
    case OptionType::kBoolean: return parse_boolean(value) ? std::nullopt : std::optional<std::string>("is neither true nor false");
    case OptionType::kDuration:
      return parse_duration_seconds(value) ? std::nullopt : std::optional<std::string>("is not a duration such as 90s, 15m or 2h");
    case OptionType::kBytes: return parse_bytes(value) ? std::nullopt : std::optional<std::string>("is not a size such as 64mb");
    case OptionType::kUrl:
      return value.starts_with("http://") || value.starts_with("https://") ? std::nullopt
                                                                           : std::optional<std::string>("is not an http:// or https:// URL");
    case OptionType::kChoice:
      if (std::ranges::find(option.choices, value) != option.choices.end()) {
        return std::nullopt;
      }
      return fmt::format("is none of {}", fmt::join(option.choices, ", "));
  }
  return std::nullopt;
}

constexpr std::size_t kMostNamesInAMessage = 12;

// What to do about the name of an option that is not known.
std::string unknown_name_step(const std::string& name, const std::vector<std::string>& names, std::string_view connector) {
  if (const std::optional<std::string> nearest = nearest_name(name, names)) {
    return fmt::format("did you mean {}?", *nearest);
  }
  if (names.size() <= kMostNamesInAMessage) {
    return fmt::format("known options: {}", fmt::join(names, ", "));
  }
  return fmt::format("lakeflow connectors {} lists the {} that it has", connector, names.size());
}

Result<Options> check(const std::vector<OptionSpec>& declared, const Options& given, std::string_view what, std::string_view connector) {
  std::vector<std::string> names;
  for (const OptionSpec& option : declared) {
    names.push_back(option.name);
  }
  for (const auto& [name, value] : given.values()) {
    if (std::ranges::find(names, name) == names.end()) {
      return std::unexpected(Error::user(fmt::format("unknown {} option {}", what, name), unknown_name_step(name, names, connector)));
    }
  }
  Options checked;
  for (const OptionSpec& option : declared) {
    const std::optional<std::string> value = given.find(option.name);
    if (!value) {
      if (option.required) {
        return std::unexpected(Error::user(fmt::format("{} option {} is missing", what, option.name), option.help));
      }
      if (option.default_value) {
        checked.set(option.name, *option.default_value);
      }
      continue;
    }
    if (const std::optional<std::string> why = misfit(option, *value)) {
      return std::unexpected(Error::user(fmt::format("{} option {} {}", what, option.name, *why), option.help));
    }
    checked.set(option.name, *value);
  }
  return checked;
}

}  // namespace

std::string_view option_type_name(OptionType type) { return std::ranges::find(kTypeNames, type, &TypeName::type)->name; }

Result<ConnectorSpec> ConnectorSpec::parse(std::string_view yaml, const SharedOptions& shared) {
  try {
    const YAML::Node root = YAML::Load(std::string(yaml));
    ConnectorSpec spec;
    spec.text = yaml;
    LAKEFLOW_TRY(parse_declarations(root, spec));
    if (spec.name.empty()) {
      return std::unexpected(Error::user("connector_spec.yaml: the key name is missing"));
    }
    for (const YAML::Node& name : root["include"]) {
      LAKEFLOW_TRY(include_options(name, shared, spec));
    }
    if (!spec.documentation_options.values().empty()) {
      if (const auto checked = spec.check_connection_options(spec.documentation_options); !checked) {
        return std::unexpected(checked.error().at("connector_spec.yaml: documentation_options"));
      }
    }
    return spec;
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Error::user(fmt::format("connector_spec.yaml:{}:{}: {}", problem.mark.line + 1, problem.mark.column + 1, problem.msg)));
  }
}

Result<Options> ConnectorSpec::check_connection_options(const Options& given) const { return check(connection_options, given, "connection", name); }
Result<Options> ConnectorSpec::check_table_options(const Options& given) const { return check(table_options, given, "table", name); }

}  // namespace lakeflow
