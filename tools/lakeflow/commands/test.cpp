#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/pipeline/connection.h"
#include "engine/pipeline/dev_config.h"
#include "testing/connector/connector_suite.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"
#include "tools/lakeflow/suite_report.h"

namespace lakeflow {
namespace {

// What is tried: a pipeline, or a connector by itself with the options of its dev_config.json.
Result<std::string> dev_config_of(std::string_view connector, const Arguments& arguments) {
  if (const std::optional<std::string> config = arguments.find("config")) {
    return *config;
  }
  const std::array<std::string, 2> usual{"configs/dev_config.json", fmt::format("sources/{}/configs/dev_config.json", connector)};
  for (const std::string& path : usual) {
    std::error_code failure;
    if (std::filesystem::is_regular_file(path, failure)) {
      return path;
    }
  }
  return std::unexpected(Error::user(fmt::format("there is neither {} nor {}", usual[0], usual[1]),
                                     "write the connection's options into one of them, or name another file: --config (docs/connector-suite.md)"));
}

Result<Pipeline> open_subject(const Arguments& arguments, const Session& session) {
  const std::string subject = arguments.text("subject");
  const bool is_connector =
      std::ranges::any_of(session.connectors.entries(), [&](const ConnectorEntry& entry) { return entry.spec.name == subject; });
  if (!is_connector) {
    if (arguments.find("config")) {
      return std::unexpected(
          Error::user(fmt::format("there is no connector {}, and --config is for one", subject), "lakeflow connectors names them"));
    }
    LAKEFLOW_ASSIGN(Pipeline pipeline, load_pipeline(subject));
    return check_options(std::move(pipeline), session.connectors);
  }
  LAKEFLOW_ASSIGN(const std::string file, dev_config_of(subject, arguments));
  LAKEFLOW_ASSIGN(Pipeline pipeline, load_dev_config(subject, file));
  return check_options(std::move(pipeline), session.connectors);
}

// The tables that were named, or the pipeline's; where it has none all that the connection reaches.
Result<std::vector<TableRequest>> chosen_tables(const Pipeline& pipeline, const std::vector<std::string>& names, const SourceFactory& source) {
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
  if (tables.empty()) {
    LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> connector, source.make({}));
    LAKEFLOW_ASSIGN(const std::vector<std::string> all, connector->list_tables());
    std::ranges::transform(all, std::back_inserter(tables), [](const std::string& name) { return TableRequest{name, {}}; });
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
  if (arguments.text("subject").empty()) {
    return std::unexpected(Error::user("neither a pipeline nor a connector is named", "lakeflow test clinic.yaml, or: lakeflow test healthcare"));
  }
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_subject(arguments, session));
  LAKEFLOW_ASSIGN(const SourceFactory source, source_factory(pipeline, arguments, session));
  SuiteRequest request;
  request.connect = [&](const Options& changed) { return source.make(changed); };
  request.spec = &source.connector->spec;
  request.connection_options = source.options;
  request.stop = signals.token();
  request.writes = arguments.flag("write");
  request.breaks_network = !arguments.flag("calm");
  request.url_option = arguments.text("url-option");
  if (!request.url_option.empty() && !source.options.has(request.url_option)) {
    return std::unexpected(Error::user(fmt::format("the connection has no option {}", request.url_option),
                                       fmt::format("lakeflow connectors {} names them", pipeline.connector)));
  }
  request.record_limit = static_cast<std::size_t>(arguments.count("records"));
  request.checks = arguments.list("check");
  if (const std::optional<std::string> since = arguments.find("since")) {
    request.since = parse_utc(*since);
    if (!request.since) {
      return std::unexpected(Error::user(fmt::format("--since {} is no time with a zone", *since), "write it as 2024-05-01T00:00:00Z"));
    }
  }
  LAKEFLOW_TRY(check_names(request.checks));
  LAKEFLOW_ASSIGN(request.tables, chosen_tables(pipeline, arguments.list("table"), source));
  std::vector<std::string> left_behind;
  request.on_left_behind = [&](const std::string& line) { left_behind.push_back(line); };
  SuiteLines lines(console);
  if (!console.json()) {
    console.print(fmt::format("{} of {}\n", pipeline.connector, pipeline.name));
    request.on_result = [&](const CheckResult& result) { lines.print(result); };
  }
  LAKEFLOW_ASSIGN(const std::vector<CheckResult> results, run_connector_suite(request));
  if (const std::optional<std::string> junit = arguments.find("junit")) {
    LAKEFLOW_TRY(write_junit(*junit, results, pipeline));
  }
  if (console.json()) {
    print_suite_json(pipeline.name, pipeline.connector, results, left_behind, console);
  } else {
    print_summary(results, left_behind, console);
  }
  return count_of(results, Verdict::kFailed) == 0 ? kExitDone : kExitTestFailed;
}

}  // namespace

Command test_command() {
  return {
      .name = "test",
      .summary = "Try a connector on its source by the suite that every connector has to pass",
      .description =
          "Reads the tables of a pipeline, or of a connector by itself, from their start, again and again: in small pages, from each offset, with "
          "stops. "
          "Leaves the destination alone, and writes nothing to the source unless --write is given: then a few records, which it deletes again, and "
          "says so. "
          "What can't be checked is skipped, with the reason. The options of a connector by itself stand in configs/dev_config.json. The exit code "
          "is 8 "
          "where a check failed.",
      .examples = {"lakeflow test clinic.yaml", "lakeflow test clinic.yaml --table Patient --check resumes_at_each_offset",
                   "lakeflow test healthcare --config dev_config.json --write", "lakeflow test --list"},
      .parameters =
          {{.name = "subject",
            .help = "The pipeline's file, or the name of a connector",
            .form = Parameter::Form::kPositional,
            .value = Parameter::Value::kFile},
           {.name = "config",
            .help = "Of a connector: the JSON file of its options; default configs/dev_config.json, here or in sources/NAME",
            .value = Parameter::Value::kFile},
           {.name = "table", .help = "A table, instead of those that are named there", .form = Parameter::Form::kRepeatedOption},
           {.name = "check", .help = "A check, instead of all", .form = Parameter::Form::kRepeatedOption},
           {.name = "since", .help = "Read the tables from this time on, as an ingest reads on, instead of from their start: 2024-05-01T00:00:00Z"},
           {.name = "records", .help = "How many records of a table are read at most", .value = Parameter::Value::kCount, .default_value = "20000"},
           {.name = "calm", .help = "Leave out the readings over a network that misbehaves", .form = Parameter::Form::kFlag},
           {.name = "url-option", .help = "The option that holds the source's URL, before which a relay misbehaves; default the first that is a URL"},
           {.name = "write", .help = "Allow a few records to be written to the source, read and deleted again", .form = Parameter::Form::kFlag},
           {.name = "junit", .help = "Write the results into this file, as JUnit has them", .value = Parameter::Value::kFile},
           {.name = "list", .help = "Name the checks, and what each protects", .form = Parameter::Form::kFlag},
           secrets_parameter()},
      .run = run_test};
}

}  // namespace lakeflow
