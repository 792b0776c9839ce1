#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libs/secrets/private_file.h"
#include "simulator/comparison/live_comparison.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/live_connection.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

// "Name: value", a line each.
Result<std::vector<HttpHeader>> read_headers(const std::string& file) {
  std::vector<HttpHeader> headers;
  if (file.empty()) {
    return headers;
  }
  LAKEFLOW_ASSIGN(std::string text, read_private_file(file, "the file of headers"));
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto colon = line.find(':');
    const auto value = colon == std::string_view::npos ? colon : line.find_first_not_of(' ', colon + 1);
    if (line.empty()) {
      continue;
    }
    if (value == std::string_view::npos) {
      return std::unexpected(Error::user(fmt::format("{} has a line that is no header", file), "write Authorization: Bearer …"));
    }
    headers.push_back({.name = std::string(line.substr(0, colon)), .value = std::string(line.substr(value))});
  }
  return headers;
}

std::string as_json(const std::vector<ComparedRequest>& requests) {
  nlohmann::ordered_json document = nlohmann::ordered_json::array();
  for (const ComparedRequest& request : requests) {
    nlohmann::ordered_json line = {{"endpoint", request.endpoint}, {"what", request.what}, {"differences", request.differences}};
    if (!request.not_compared.empty()) {
      line["not_compared"] = request.not_compared;
    }
    document.push_back(std::move(line));
  }
  return document.dump(2) + "\n";
}

std::string as_text(const std::vector<ComparedRequest>& requests) {
  std::string text;
  for (const ComparedRequest& request : requests) {
    const std::string_view verdict = !request.differences.empty() ? "differs" : !request.not_compared.empty() ? "not compared" : "alike";
    text += fmt::format("{:<12} {:<20} {}\n", verdict, request.endpoint, request.what);
    for (const std::string& difference : request.differences) {
      text += fmt::format("             {}\n", difference);
    }
    if (!request.not_compared.empty()) {
      text += fmt::format("             {}\n", request.not_compared);
    }
  }
  return text;
}

Result<int> run_simulate_compare(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  const StopSignals signals([&] { console.note("stopping"); });
  LAKEFLOW_ASSIGN(LiveConnection live, live_connection(arguments, session));
  live.http.log = &console;
  LAKEFLOW_ASSIGN(std::vector<HttpHeader> headers, read_headers(arguments.text("header-file")));
  LAKEFLOW_ASSIGN(
      const std::vector<ComparedRequest> requests,
      compare_with_live(
          {.description = arguments.text("source"), .live = std::move(live.url), .http = std::move(live.http), .headers = std::move(headers)},
          signals.token()));
  console.print(console.json() ? as_json(requests) : as_text(requests));
  const auto differ = std::ranges::count_if(requests, [](const ComparedRequest& request) { return !request.differences.empty(); });
  const auto open =
      std::ranges::count_if(requests, [](const ComparedRequest& request) { return request.differences.empty() && !request.not_compared.empty(); });
  console.note(fmt::format("{} alike, {} differ, {} not compared", std::ssize(requests) - differ - open, differ, open));
  return differ == 0 ? kExitDone : kExitTestFailed;
}

}  // namespace

Command simulate_compare_command() {
  return {
      .name = "simulate compare",
      .summary = "Hold a description against the real source",
      .description =
          "Asks the source as it is described and the real one the same things, and tells where statuses, members with their types and\n"
          "paging differ, which records a filter keeps and how they are ordered: never a value. It only reads. Exit code 8 where something differs.",
      .examples = {"lakeflow simulate compare simulator/shop.yaml --pipeline shop.yaml",
                   "lakeflow simulate compare orders.yaml --live https://api.example.org/v2 --header-file headers.txt"},
      .parameters =
          {{.name = "source",
            .help = "YAML file that describes the source",
            .form = Parameter::Form::kPositional,
            .value = Parameter::Value::kFile,
            .required = true},
           {.name = "live",
            .help = "The real source's URL, with what stands for the description's base_path; default: the URL of the pipeline's connection"},
           {.name = "pipeline",
            .help = "A pipeline whose connection says how the source is reached and logged in to: its auth_type, secrets by reference",
            .value = Parameter::Value::kFile},
           secrets_parameter(),
           {.name = "header-file",
            .help = "File of headers for each request (\"Authorization: Bearer …\", \"X-Api-Version: 2\"), a line each; yours alone (chmod 600)",
            .value = Parameter::Value::kFile},
           {.name = "allow-http", .help = "Ask the source without encryption", .form = Parameter::Form::kFlag},
           {.name = "ca-file", .help = "PEM file of the authority that signed the source's certificate", .value = Parameter::Value::kFile}},
      .run = run_simulate_compare};
}

}  // namespace lakeflow
