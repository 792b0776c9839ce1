#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "testing/review/connector_review.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/connector_sources.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

constexpr std::size_t kPlacesShown = 8;
constexpr std::array<std::string_view, 4> kSections = {"code", "testing", "documentation", "security"};

std::string_view mark_of(ReviewVerdict verdict) {
  switch (verdict) {
    case ReviewVerdict::kPassed: return "ok       ";
    case ReviewVerdict::kFailed: return "FAILED   ";
    case ReviewVerdict::kNeedsPerson: return "a person ";
    case ReviewVerdict::kNotShown: return "not shown";
  }
  return {};
}

void print_results(const std::vector<ReviewResult>& results, bool all_places, Console& console) {
  std::string section;
  for (const ReviewResult& result : results) {
    if (result.section != section) {
      section = result.section;
      console.print(fmt::format("\n{}\n", section));
    }
    console.print(fmt::format("  {} {}: {}\n", mark_of(result.verdict), result.check, result.evidence));
    if (result.verdict == ReviewVerdict::kPassed) {
      continue;
    }
    const std::size_t shown = all_places ? result.places.size() : std::min(result.places.size(), kPlacesShown);
    for (std::size_t i = 0; i < shown; ++i) {
      console.print(fmt::format("              {}\n", result.places[i]));
    }
    if (shown < result.places.size()) {
      console.print(fmt::format("              and {} more (--verbose)\n", result.places.size() - shown));
    }
    if (result.verdict == ReviewVerdict::kFailed) {
      console.print(fmt::format("            costs: {}\n", result.protects));
    }
    console.print(fmt::format("            {}: {}\n", result.verdict == ReviewVerdict::kNeedsPerson ? "ask" : "next", result.mend));
  }
  console.print(fmt::format("\n{}\n", review_score(results)));
}

void print_json(const std::string& connector, const std::vector<ReviewResult>& results, Console& console) {
  const auto count = [&](ReviewVerdict verdict) { return std::ranges::count(results, verdict, &ReviewResult::verdict); };
  nlohmann::ordered_json document = {{"connector", connector},
                                     {"score", review_score(results)},
                                     {"passed", count(ReviewVerdict::kPassed)},
                                     {"failed", count(ReviewVerdict::kFailed)},
                                     {"needs_a_person", count(ReviewVerdict::kNeedsPerson)},
                                     {"not_shown", count(ReviewVerdict::kNotShown)},
                                     {"results", nlohmann::ordered_json::array()}};
  for (const ReviewResult& result : results) {
    document["results"].push_back({{"check", result.check},
                                   {"section", result.section},
                                   {"verdict", verdict_name(result.verdict)},
                                   {"evidence", result.evidence},
                                   {"places", result.places},
                                   {"protects", result.protects},
                                   {"mend", result.mend}});
  }
  console.print(document.dump(2) + "\n");
}

// Runs the suite on the tables of a pipeline.
Result<std::vector<CheckResult>> run_suite(const std::string& file, const Arguments& arguments, Session& session, std::stop_token stop) {
  Arguments of_pipeline = arguments;
  of_pipeline.set("pipeline", {file});
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(of_pipeline, session));
  if (const std::string connector = arguments.text("connector"); pipeline.connector != connector) {
    return std::unexpected(Error::user(fmt::format("{} is a pipeline of the connector {}, not of {}", file, pipeline.connector, connector)));
  }
  LAKEFLOW_ASSIGN(const SourceFactory source, source_factory(pipeline, arguments, session));
  SuiteRequest request;
  request.connect = [&](const Options& changed) { return source.make(changed); };
  request.spec = &source.connector->spec;
  request.connection_options = source.options;
  request.stop = std::move(stop);
  for (const PipelineTable& table : pipeline.tables) {
    request.tables.push_back({table.source_table, table.table_options});
  }
  return run_connector_suite(request);
}

Result<std::optional<std::vector<CheckResult>>> suite_results(const Arguments& arguments, Session& session, std::stop_token stop) {
  const std::optional<std::string> pipeline = arguments.find("pipeline");
  const std::optional<std::string> file = arguments.find("suite");
  if (pipeline && file) {
    return std::unexpected(Error::user("--suite and --pipeline are both given", "give one: results that are there, or a pipeline to try it with"));
  }
  if (pipeline) {
    session.console.note("the suite runs");
    LAKEFLOW_ASSIGN(std::vector<CheckResult> results, run_suite(*pipeline, arguments, session, std::move(stop)));
    return results;
  }
  if (!file) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const std::string text, read_text_file(*file));
  auto results = parse_suite_results(text, arguments.text("connector"));
  if (!results) {
    return std::unexpected(results.error().at(*file));
  }
  return *std::move(results);
}

Status check_names(const std::vector<std::string>& checks) {
  std::vector<std::string> known;
  std::ranges::transform(review_checks(), std::back_inserter(known), &ReviewCheckName::check);
  for (const std::string& name : checks) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::optional<std::string> nearest = nearest_name(name, known);
      return std::unexpected(Error::user(fmt::format("there is no check {}", name),
                                         nearest ? fmt::format("did you mean {}?", *nearest) : "lakeflow review --list names them"));
    }
  }
  return {};
}

int list_checks(Console& console) {
  for (const ReviewCheckName& check : review_checks()) {
    console.print(console.json()
                      ? nlohmann::ordered_json{{"check", check.check}, {"section", check.section}, {"protects", check.protects}}.dump() + "\n"
                      : fmt::format("{:<14} {:<34} {}\n", check.section, check.check, check.protects));
  }
  return kExitDone;
}

Result<int> run_review(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  if (arguments.flag("list")) {
    return list_checks(console);
  }
  if (arguments.text("connector").empty()) {
    return std::unexpected(Error::user("no connector is named", "lakeflow review healthcare"));
  }
  const std::vector<std::string> checks = arguments.list("check");
  LAKEFLOW_TRY(check_names(checks));
  const StopSignals signals([&] { console.note("stopping"); });
  ReviewRequest request;
  LAKEFLOW_ASSIGN(request.connector, session.connectors.find(arguments.text("connector")));
  LAKEFLOW_ASSIGN(request.folder, connector_folder(arguments, *request.connector));
  LAKEFLOW_ASSIGN(request.connection_options, documentation_options(arguments, *request.connector));
  LAKEFLOW_ASSIGN(request.suite, suite_results(arguments, session, signals.token()));
  LAKEFLOW_ASSIGN(std::vector<ReviewResult> results, review_connector(request));
  const std::string section = arguments.text("section");
  std::erase_if(results, [&](const ReviewResult& result) {
    return (!checks.empty() && std::ranges::find(checks, result.check) == checks.end()) || (!section.empty() && result.section != section);
  });
  if (console.json()) {
    print_json(request.connector->spec.name, results, console);
  } else {
    console.print(fmt::format("{} in {}\n", request.connector->spec.name, request.folder.string()));
    print_results(results, console.form().verbose, console);
  }
  const bool is_sound = std::ranges::find(results, ReviewVerdict::kFailed, &ReviewResult::verdict) == results.end();
  return is_sound ? kExitDone : kExitTestFailed;
}

}  // namespace

Command review_command() {
  Command command{
      .name = "review",
      .summary = "Review a connector: the checklist that it has to meet, each item with its evidence",
      .description =
          "Looks at the connector's source code, documents and history, at what it declares and at what the suite found. It changes nothing. An item "
          "that\n"
          "nothing was given to show is \"not shown\", and never passes; a few items a person decides. The exit code is 8 where a check failed.",
      .examples = {"lakeflow review healthcare", "lakeflow review healthcare --pipeline clinic.yaml",
                   "lakeflow review orders --folder ~/orders --suite results.json", "lakeflow review --list"},
      .parameters = connector_sources_parameters(),
      .run = run_review};
  command.parameters.front().required = false;  // --list needs none
  const std::vector<Parameter> more = {{.name = "suite", .help = "What lakeflow test --json printed", .value = Parameter::Value::kFile},
                                       {.name = "pipeline", .help = "Run the suite on the tables of this pipeline", .value = Parameter::Value::kFile},
                                       {.name = "section",
                                        .help = "Show the checks of a section alone",
                                        .value = Parameter::Value::kChoice,
                                        .choices = {kSections.begin(), kSections.end()}},
                                       {.name = "check", .help = "Show a check alone", .form = Parameter::Form::kRepeatedOption},
                                       {.name = "list", .help = "Name the checks, and what each protects", .form = Parameter::Form::kFlag},
                                       secrets_parameter()};
  command.parameters.insert(command.parameters.end(), more.begin(), more.end());
  return command;
}

}  // namespace lakeflow
