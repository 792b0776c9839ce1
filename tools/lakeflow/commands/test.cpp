#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "testing/connector/connector_suite.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

std::size_t count_of(const std::vector<CheckResult>& results, Verdict verdict) {
  return static_cast<std::size_t>(std::ranges::count(results, verdict, &CheckResult::verdict));
}

void print_line(const CheckResult& result, std::string& table_of_last, Console& console) {
  if (result.table != table_of_last) {
    console.print(fmt::format("\n{}\n", result.table));
    table_of_last = result.table;
  }
  const std::string_view mark = result.verdict == Verdict::kPassed ? "ok     " : result.verdict == Verdict::kFailed ? "FAILED " : "skipped";
  console.print(fmt::format("  {} {}: {}\n", mark, result.check, result.evidence));
  if (result.verdict == Verdict::kFailed) {
    console.print(fmt::format("          costs: {}\n", result.protects));
  }
  console.flush();
}

void print_json(const Pipeline& pipeline, const std::vector<CheckResult>& results, Console& console) {
  nlohmann::ordered_json document = {{"pipeline", pipeline.name},
                                     {"connector", pipeline.connector},
                                     {"passed", count_of(results, Verdict::kPassed)},
                                     {"failed", count_of(results, Verdict::kFailed)},
                                     {"skipped", count_of(results, Verdict::kSkipped)},
                                     {"results", nlohmann::ordered_json::array()}};
  for (const CheckResult& result : results) {
    document["results"].push_back({{"check", result.check},
                                   {"table", result.table},
                                   {"verdict", verdict_name(result.verdict)},
                                   {"evidence", result.evidence},
                                   {"protects", result.protects},
                                   {"seconds", result.seconds}});
  }
  console.print(document.dump(2) + "\n");
}

// The pipeline's tables, or those that were named.
Result<std::vector<TableRequest>> chosen_tables(const Pipeline& pipeline, const std::vector<std::string>& names) {
  std::vector<TableRequest> tables;
  for (const std::string& name : names) {
    const PipelineTable* const table = find_table(pipeline, name);
    tables.push_back({name, table == nullptr ? Options() : table->table_options});
  }
  if (names.empty()) {
    for (const PipelineTable& table : pipeline.tables) {
      const bool is_known = std::ranges::any_of(
          tables, [&](const TableRequest& known) { return known.table_name == table.source_table && known.table_options == table.table_options; });
      if (!is_known) {
        tables.push_back({table.source_table, table.table_options});
      }
    }
  }
  return tables;
}

Status check_names(const std::vector<std::string>& checks) {
  std::vector<std::string> known;
  std::ranges::transform(connector_checks(), std::back_inserter(known), [](const auto& check) { return check.first; });
  for (const std::string& name : checks) {
    if (std::ranges::find(known, name) == known.end()) {
      const std::optional<std::string> nearest = nearest_name(name, known);
      return std::unexpected(Error::user(fmt::format("there is no check {}", name),
                                         nearest ? fmt::format("did you mean {}?", *nearest) : "lakeflow test --list names them"));
    }
  }
  return {};
}

Status write_junit(const std::string& path, const std::vector<CheckResult>& results, const Pipeline& pipeline) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << junit_xml(results, pipeline.name);
  file.close();
  return file ? Status() : std::unexpected(Error::user(fmt::format("{} can't be written", path), "name another file with --junit"));
}

int list_checks(Console& console) {
  for (const auto& [name, protects] : connector_checks()) {
    console.print(console.json() ? nlohmann::ordered_json{{"check", name}, {"protects", protects}}.dump() + "\n"
                                 : fmt::format("{:<38} {}\n", name, protects));
  }
  return kExitDone;
}

Result<int> run_test(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  if (arguments.flag("list")) {
    return list_checks(console);
  }
  if (arguments.text("pipeline").empty()) {
    return std::unexpected(Error::user("no pipeline is named", "lakeflow test clinic.yaml"));
  }
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const SourceFactory source, source_factory(pipeline, arguments, session));
  SuiteRequest request;
  request.connect = [&](const Options& changed) { return source.make(changed); };
  request.spec = &source.connector->spec;
  request.connection_options = source.options;
  request.stop = signals.token();
  request.record_limit = static_cast<std::size_t>(arguments.count("records"));
  request.checks = arguments.list("check");
  LAKEFLOW_TRY(check_names(request.checks));
  LAKEFLOW_ASSIGN(request.tables, chosen_tables(pipeline, arguments.list("table")));
  std::string table_of_last;
  if (!console.json()) {
    console.print(fmt::format("{} of {}\n", pipeline.connector, pipeline.name));
    request.on_result = [&](const CheckResult& result) { print_line(result, table_of_last, console); };
  }
  LAKEFLOW_ASSIGN(const std::vector<CheckResult> results, run_connector_suite(request));
  if (const std::optional<std::string> junit = arguments.find("junit")) {
    LAKEFLOW_TRY(write_junit(*junit, results, pipeline));
  }
  const std::size_t failures = count_of(results, Verdict::kFailed);
  if (console.json()) {
    print_json(pipeline, results, console);
  } else {
    console.print(
        fmt::format("\n{} passed, {} failed, {} skipped\n", count_of(results, Verdict::kPassed), failures, count_of(results, Verdict::kSkipped)));
  }
  return failures == 0 ? kExitDone : kExitTestFailed;
}

}  // namespace

Command test_command() {
  return {
      .name = "test",
      .summary = "Try a connector on its source by the suite that every connector has to pass",
      .description =
          "Reads the pipeline's tables from their start, again and again: in small pages, from each offset, with stops. Writes nothing, and leaves "
          "the "
          "destination alone. What can't be checked is skipped, with the reason. The exit code is 8 where a check failed.",
      .examples = {"lakeflow test clinic.yaml", "lakeflow test clinic.yaml --table Patient --check resumes_at_each_offset", "lakeflow test --list"},
      .parameters =
          {{.name = "pipeline", .help = "The pipeline's file", .form = Parameter::Form::kPositional, .value = Parameter::Value::kFile},
           {.name = "table", .help = "A table, instead of the pipeline's", .form = Parameter::Form::kRepeatedOption},
           {.name = "check", .help = "A check, instead of all", .form = Parameter::Form::kRepeatedOption},
           {.name = "records", .help = "How many records of a table are read at most", .value = Parameter::Value::kCount, .default_value = "20000"},
           {.name = "junit", .help = "Write the results into this file, as JUnit has them", .value = Parameter::Value::kFile},
           {.name = "list", .help = "Name the checks, and what each protects", .form = Parameter::Form::kFlag},
           secrets_parameter()},
      .run = run_test};
}

}  // namespace lakeflow
