// Security: options that hold secrets are declared so, and shown by reference.

#include <algorithm>
#include <array>

#include "testing/review/example_pipelines.h"
#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

// By the last word of its name: a key_id, a token_url or a private_key_file holds none.
bool sounds_secret(const OptionSpec& option) {
  constexpr std::array<std::string_view, 8> kWords = {"password", "passwd", "passphrase", "secret", "token", "key", "credential", "credentials"};
  const std::string_view name = option.name;
  const std::size_t divide = name.rfind('_');
  const std::string_view last = divide == std::string_view::npos ? name : name.substr(divide + 1);
  return option.type == OptionType::kText && std::ranges::find(kWords, last) != kWords.end();
}

ReviewFinding secret_options_are_declared(const ReviewTrial& trial) {
  std::vector<std::string> open;
  std::size_t secrets = 0;
  for (const std::vector<OptionSpec>* const list : {&trial.spec().connection_options, &trial.spec().table_options}) {
    for (const OptionSpec& option : *list) {
      secrets += option.secret ? 1U : 0U;
      if (!option.secret && sounds_secret(option)) {
        open.push_back(fmt::format("connector_spec.yaml: option {} is not secret: true", option.name));
      }
      if (option.secret && option.default_value) {
        open.push_back(fmt::format("connector_spec.yaml: the secret option {} has a default", option.name));
      }
    }
  }
  return none_of(open, "option", fmt::format("{} declared", count_of(secrets, "secret option")));
}

// A simulated source has the secret that it asks for in its description, which is nobody's where it says so.
bool is_made_up(const ExamplePipeline& shown, std::string_view value) {
  return shown.place.starts_with("simulator/") && value.starts_with("made-up");
}

ReviewFinding secrets_are_references(const ReviewTrial& trial) {
  std::vector<std::string> plain;
  std::size_t references = 0;
  std::size_t secrets = 0;
  for (const OptionSpec& option : trial.spec().connection_options) {
    if (!option.secret) {
      continue;
    }
    ++secrets;
    const std::regex given("(^|[\\s{,\"'])" + option.name + "[\"']?:\\s*([\"']?)([^\\s\"',}]+|\\{\\{[^}]*\\}\\})");
    for (const ExamplePipeline& shown : shown_configuration(trial.tree)) {
      const std::vector<std::string_view> lines = lines_of(shown.text);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        std::cmatch found;
        if (lines[i].size() > 2000 || !std::regex_search(lines[i].data(), lines[i].data() + lines[i].size(), found, given)) {
          continue;
        }
        if (found[3].str().starts_with("{{secrets/")) {
          ++references;
        } else if (!found[3].str().starts_with('#') && !is_made_up(shown, found[3].str())) {
          plain.push_back(fmt::format("{}:{}: {} stands there in plain text", shown.place, i + 1, option.name));
        }
      }
    }
  }
  if (plain.empty() && secrets > 0 && references == 0) {
    return review_failed(fmt::format("no example shows how one of its {} is given", count_of(secrets, "secret option")));
  }
  return none_of(plain, "place",
                 secrets == 0 ? "it has no secret option" : fmt::format("{} in documents and examples", count_of(references, "reference")));
}

}  // namespace

std::vector<ReviewCheckOf> secret_option_checks() {
  return {{"secret_options_are_declared", "a password that is shown wherever options are", "declare it with secret: true, and without a default",
           secret_options_are_declared},
          {"secrets_are_references", "a password in the file that everybody commits",
           "write {{secrets/scope/key}} in documents and examples; a simulated source's own secret begins with made-up", secrets_are_references}};
}

}  // namespace lakeflow
