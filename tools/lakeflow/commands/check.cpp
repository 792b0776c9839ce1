#include <algorithm>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "engine/plan/table_plan.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/command_log.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/http_trace.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

CheckFinding passed(std::string subject, std::string message) { return {true, std::move(subject), std::move(message), {}}; }
CheckFinding failed(std::string subject, const Error& error) { return {false, std::move(subject), error.message(), error.next_step(), error.kind()}; }

Result<std::string> plan_of(LakeflowConnect& source, const Pipeline& pipeline, const PipelineTable& table) {
  LAKEFLOW_ASSIGN(const TableMetadata metadata, source.read_table_metadata(table.source_table, table.table_options));
  LAKEFLOW_ASSIGN(auto schema, source.get_table_schema(table.source_table, table.table_options));
  LAKEFLOW_ASSIGN(const TablePlan plan, TablePlan::make(table, metadata, std::move(schema)));
  LAKEFLOW_TRY(check_plan(pipeline, plan.apply_plan()));
  return fmt::format("{} into {}", ingestion_type_name(metadata.ingestion_type), plan.apply_plan().target.text());
}

void check_tables(LakeflowConnect& source, const Pipeline& pipeline, std::vector<CheckFinding>& findings) {
  for (const PipelineTable& table : pipeline.tables) {
    const std::string subject = "table " + table.source_table;
    const Result<std::string> plan = plan_of(source, pipeline, table);
    findings.push_back(plan ? passed(subject, *plan) : failed(subject, plan.error()));
  }
}

void check_source(LakeflowConnect& source, const Pipeline& pipeline, const ReadContext& context, std::vector<CheckFinding>& findings) {
  auto* check = dynamic_cast<ConnectionCheck*>(&source);
  if (check == nullptr) {
    return;
  }
  std::vector<TableRequest> tables;
  for (const PipelineTable& table : pipeline.tables) {
    tables.push_back({.table_name = table.source_table, .table_options = table.table_options});
  }
  Result<std::vector<CheckFinding>> found = check->check_connection(tables, context);
  if (!found) {
    findings.push_back(failed("source", found.error()));
    return;
  }
  std::ranges::move(*found, std::back_inserter(findings));
}

// Looks and leaves no trace: a database that is not there yet is not made.
CheckFinding check_destination(const Pipeline& pipeline) {
  if (const Status known = check_destination_kind(pipeline); !known) {
    return failed("destination", known.error());
  }
  std::filesystem::path path = pipeline.destination.path;
  if (!path.has_filename()) {
    path = path.parent_path();  // "lake/"
  }
  std::error_code problem;
  if (std::filesystem::exists(path, problem)) {
    if (::access(path.c_str(), W_OK) != 0) {
      return failed("destination", Error::destination(fmt::format("{} may not be written", path.string()), "give yourself the right to write it"));
    }
    const auto destination = open_destination(pipeline, true);
    return destination ? passed("destination", (*destination)->describe()) : failed("destination", destination.error());
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return failed("destination",
                  Error::destination(fmt::format("the folder {} is not there or may not be written", folder.string()), "make it first"));
  }
  return passed("destination", fmt::format("{} will be made", path.string()));
}

void print_findings(const std::vector<CheckFinding>& findings, const Pipeline& pipeline, bool all_passed, Console& console) {
  if (console.json()) {
    nlohmann::ordered_json document = {{"pipeline", pipeline.name}, {"passed", all_passed}, {"findings", nlohmann::ordered_json::array()}};
    for (const CheckFinding& finding : findings) {
      nlohmann::ordered_json entry = {{"passed", finding.passed}, {"subject", finding.subject}, {"message", finding.message}};
      if (!finding.passed) {
        entry["kind"] = error_kind_name(finding.kind);
        entry["next"] = finding.next_step;
      }
      document["findings"].push_back(std::move(entry));
    }
    console.print(document.dump(2) + "\n");
    return;
  }
  for (const CheckFinding& finding : findings) {
    console.print(fmt::format("{}  {}: {}\n", finding.passed ? "ok    " : "failed", finding.subject, finding.message));
    if (!finding.passed && !finding.next_step.empty()) {
      console.print(fmt::format("        next: {}\n", finding.next_step));
    }
  }
}

Result<int> run_check(const Arguments& arguments, Session& session) {
  const StopSignals signals([&] { session.console.note("stopping"); });
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_logged_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<CommandLog> log, CommandLog::open(pipeline, session.console));
  LAKEFLOW_ASSIGN(const std::unique_ptr<HttpTrace> trace, HttpTrace::open(arguments, *log));
  LAKEFLOW_ASSIGN(const std::unique_ptr<LakeflowConnect> source, open_source(pipeline, arguments, session));
  std::vector<CheckFinding> findings = {
      passed("pipeline", fmt::format("{}, {} table{}", pipeline.name, pipeline.tables.size(), pipeline.tables.size() == 1 ? "" : "s"))};
  check_tables(*source, pipeline, findings);
  ReadContext context;
  context.stop = signals.token();
  context.log = trace.get();
  check_source(*source, pipeline, context, findings);
  findings.push_back(check_destination(pipeline));
  int code = kExitDone;
  for (const CheckFinding& finding : findings) {
    if (!finding.passed && code == kExitDone) {
      code = exit_code(finding.kind);
    }
  }
  print_findings(findings, pipeline, code == kExitDone, session.console);
  return code;
}

}  // namespace

Command check_command() {
  Command command{.name = "check",
                  .summary = "Check a pipeline: its file, its tables, the connection, the destination",
                  .description = "Reads no data and changes nothing. The exit code is that of the first thing that did not pass.",
                  .examples = {"lakeflow check clinic.yaml"},
                  .parameters = {pipeline_parameter(), secrets_parameter(), trace_parameter()},
                  .run = run_check};
  std::ranges::move(log_parameters(), std::back_inserter(command.parameters));
  return command;
}

}  // namespace lakeflow
