#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/hl7v2/hl7_feed.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  }
  return text;
}

Result<int> run_generate_hl7v2(const Arguments& arguments, Session& session) {
  const Hl7FeedOptions options{.folder = arguments.text("folder"),
                               .messages = static_cast<std::uint64_t>(arguments.count("messages")),
                               .seed = static_cast<std::uint64_t>(arguments.count("seed")),
                               .fault_percent = static_cast<double>(arguments.count("faults")),
                               .messages_per_file = static_cast<std::uint64_t>(arguments.count("messages-per-file"))};
  LAKEFLOW_ASSIGN(const Hl7Feed feed, write_hl7_feed(options));
  Console& console = session.console;
  if (console.json()) {
    console.print(Json{{"folder", options.folder},
                       {"files", feed.files},
                       {"bytes", feed.bytes},
                       {"messages", feed.messages},
                       {"segments", feed.segments},
                       {"faults", feed.faults},
                       {"unreadable", feed.unreadable}}
                      .dump() +
                  "\n");
    return kExitDone;
  }
  console.print(fmt::format("{}: {} files, {} bytes\n{}\n", options.folder, feed.files, feed.bytes, counts_text(feed.messages)));
  if (!feed.faults.empty()) {
    console.print(fmt::format("faults: {}; {} messages are unreadable\n", counts_text(feed.faults), feed.unreadable));
  }
  return kExitDone;
}

}  // namespace

Command generate_hl7v2_command() {
  return {.name = "generate hl7v2",
          .summary = "Write a made-up hospital's HL7 v2 messages into a folder",
          .description =
              "Admissions, orders, results, appointments and vaccinations of people who do not exist, by systems that speak HL7 v2.3 to 2.8, with\n"
              "escapes, repetitions, notes, Z segments, several character sets and delimiters; in files with CR, LF or CR LF, MLLP frames and batch\n"
              "envelopes. The same numbers and seed give the same bytes. Says how many messages and segments (--json) a reading must find.",
          .examples = {"lakeflow generate hl7v2 inbox --messages 10000", "lakeflow generate hl7v2 inbox --messages 500 --seed 7 --faults 5 --json"},
          .parameters = {{.name = "folder",
                          .help = "Where the files go; files that are there are never written over",
                          .form = Parameter::Form::kPositional,
                          .value = Parameter::Value::kFolder,
                          .required = true},
                         {.name = "messages", .help = "How many", .value = Parameter::Value::kCount, .default_value = "1000"},
                         {.name = "seed", .help = "Another hospital for another number", .value = Parameter::Value::kCount, .default_value = "1"},
                         {.name = "faults",
                          .help = "Of a hundred messages so many are torn, without header, doubled, or wrong in another way",
                          .value = Parameter::Value::kCount,
                          .default_value = "0"},
                         {.name = "messages-per-file", .help = "Messages in a file", .value = Parameter::Value::kCount, .default_value = "100"}},
          .run = run_generate_hl7v2};
}

}  // namespace lakeflow
