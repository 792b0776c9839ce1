// Documentation: whether it says all that the connector declares, and nothing else.

#include "engine/pipeline/connection.h"
#include "engine/pipeline/dev_config.h"
#include "engine/pipeline/pipeline.h"
#include "testing/reference/connector_reference.h"
#include "testing/reference/marked_parts.h"
#include "testing/review/example_pipelines.h"
#include "testing/review/review_trial.h"

namespace lakeflow {
namespace {

constexpr const char* kReadme = "README.md";

bool has_as_code(const SourceFile& file, std::string_view name) { return file.text.contains(fmt::format("`{}`", name)); }

ReviewFinding documents_every_option(const ReviewTrial& trial) {
  const SourceFile* const document = trial.tree.find(kReadme);
  if (document == nullptr) {
    return review_failed("there is no README.md");
  }
  std::vector<std::string> faults;
  std::size_t options = 0;
  for (const std::vector<OptionSpec>* const list : {&trial.spec().connection_options, &trial.spec().table_options}) {
    for (const OptionSpec& option : *list) {
      ++options;
      if (!has_as_code(*document, option.name)) {
        faults.push_back(fmt::format("README.md does not name the option {}", option.name));
      }
      if (option.help.empty()) {
        faults.push_back(fmt::format("connector_spec.yaml: option {} has no help", option.name));
      }
    }
  }
  return none_of(faults, "fault", fmt::format("{} in README.md, each with its help", count_of(options, "option")));
}

ReviewFinding documents_every_table(const ReviewTrial& trial) {
  const SourceFile* const document = trial.tree.find(kReadme);
  if (document == nullptr) {
    return review_failed("there is no README.md");
  }
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  std::vector<std::string> missing;
  for (const DeclaredTable& table : trial.tables) {
    if (!has_as_code(*document, table.name)) {
      missing.push_back(fmt::format("README.md does not name the table {}", table.name));
    }
  }
  return none_of(missing, "table", fmt::format("{} in README.md", count_of(trial.tables.size(), "table")));
}

ReviewFinding generated_parts_are_up_to_date(const ReviewTrial& trial) {
  const SourceFile* const document = trial.tree.find(kReadme);
  if (document == nullptr) {
    return review_failed("there is no README.md");
  }
  if (!trial.connector) {
    return not_shown(*trial.no_connector);
  }
  const auto tables = tables_reference(*trial.connector);
  if (!tables) {
    return not_shown(tables.error());
  }
  std::vector<std::string> faults;
  for (const MarkedPart& part : {MarkedPart{"options", options_reference(trial.spec())}, MarkedPart{"tables", *tables}}) {
    const auto standing = find_marked_part(document->text, part.name);
    if (!standing) {
      return review_failed(standing.error().at(kReadme).message());
    }
    if (!*standing) {
      faults.push_back(fmt::format("README.md has no {}", opening_mark(part.name)));
      continue;
    }
    for (const std::string& line : different_lines(**standing, part.text)) {
      faults.push_back(fmt::format("{}: {}", part.name, line));
    }
  }
  return none_of(faults, "difference", "options and tables are what the spec and the schemas say");
}

std::optional<std::string> fault_of_example(const ExamplePipeline& example, const ConnectorRegistry& registry) {
  auto pipeline = parse_pipeline(example.text, example.place);
  if (!pipeline) {
    return pipeline.error().message();
  }
  const auto checked = check_options(*std::move(pipeline), registry);
  return checked ? std::nullopt : std::optional(checked.error().message());
}

std::optional<std::string> fault_of_config(const std::filesystem::path& file, const ConnectorSpec& spec, const ConnectorRegistry& registry) {
  auto config = load_dev_config(spec.name, file);
  if (!config) {
    return config.error().message();
  }
  const auto checked = check_options(*std::move(config), registry);
  return checked ? std::nullopt : std::optional(checked.error().message());
}

ReviewFinding examples_work(const ReviewTrial& trial) {
  ConnectorRegistry registry;
  registry.add(*trial.request.connector);
  const std::vector<ExamplePipeline> examples =
      example_pipelines(trial.tree, trial.git ? trial.git->root() : std::filesystem::path(), trial.spec().name);
  std::vector<std::string> faults;
  std::vector<std::string> places;
  for (const ExamplePipeline& example : examples) {
    places.push_back(example.place);
    if (auto fault = fault_of_example(example, registry)) {
      faults.push_back(*std::move(fault));
    }
  }
  if (const SourceFile* const config = trial.tree.find("configs/dev_config.example.json")) {
    places.push_back(config->path);
    if (auto fault = fault_of_config(trial.tree.folder / config->path, trial.spec(), registry)) {
      faults.push_back(*std::move(fault));
    }
  }
  if (examples.empty()) {
    return review_failed("there is no example of a pipeline: neither in README.md nor in a file");
  }
  if (!faults.empty()) {
    return review_failed(fmt::format("{} of {} do not hold", faults.size(), count_of(places.size(), "example")), faults);
  }
  return review_passed(fmt::format("{} hold", count_of(places.size(), "example")), places);
}

}  // namespace

std::vector<ReviewCheckOf> reference_checks() {
  return {{"documents_every_option", "options that nobody finds",
           "write its help into connector_spec.yaml, and let lakeflow docs NAME write README.md", documents_every_option},
          {"documents_every_table", "tables that nobody finds", "let lakeflow docs NAME write README.md", documents_every_table},
          {"generated_parts_are_up_to_date", "an hour with an option that is no more", "put the marks into README.md, and run lakeflow docs NAME",
           generated_parts_are_up_to_date},
          {"examples_work", "the first hour of whoever copies one", "mend the example, or the options that it names", examples_work}};
}

}  // namespace lakeflow
