#include <fmt/format.h>

#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/output/display_text.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/quarantined_records.h"

namespace lakeflow {
namespace {

// The lines of a record as a person reads them: HL7 v2 ends its segments by CR, and nothing in them may steer the terminal.
std::string readable(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find_first_of("\r\n");
    out += "  " + display_text(bytes.substr(0, end)) + "\n";
    if (end == std::string_view::npos) {
      break;
    }
    const bool both = bytes.substr(end, 2) == "\r\n";
    bytes.remove_prefix(end + (both ? 2 : 1));
  }
  return out;
}

std::string history(const QuarantineEntry& entry) {
  return (entry.state == kOpenState ? std::string() : ", " + entry.state) + (entry.times_seen == "1" ? "" : ", seen " + entry.times_seen + " times");
}

std::string entry_text(const QuarantineEntry& entry) {
  return fmt::format("{} {}: {}{}{}\n  from {}, position {}\n  at {}, by run {}{}{}\n\n{}", entry.id, entry.reason, entry.detail,
                     entry.source_table.empty() ? "" : ", table ", entry.source_table, display_text(entry.origin), entry.position,
                     entry.quarantined_at, entry.run_id, history(entry), entry.bytes.empty() ? "" : ", as it came:", readable(entry.bytes));
}

Result<int> run_quarantine_show(const Arguments& arguments, Session& session) {
  QuarantineFilter filter;
  filter.ids = {arguments.text("id")};
  filter.state.clear();
  LAKEFLOW_ASSIGN(const QuarantinedRecords records, QuarantinedRecords::open(arguments, session, filter, true));
  std::size_t shown = 0;
  LAKEFLOW_TRY(records.for_each([&](const QuarantineEntry& entry) -> Status {
    session.console.print(session.console.json() ? to_json(entry) + "\n" : entry_text(entry));
    ++shown;
    return {};
  }));
  if (shown == 0) {
    return std::unexpected(Error::user(fmt::format("no record {} is in quarantine", arguments.text("id")), "lakeflow quarantine list shows the ids"));
  }
  return kExitDone;
}

}  // namespace

Command quarantine_show_command() {
  return {.name = "quarantine show",
          .summary = "Show a record in quarantine with its bytes, which may hold patients' data",
          .examples = {"lakeflow quarantine show clinic.yaml 3f2a91c0b7d4"},
          .parameters = {pipeline_parameter(),
                         {.name = "id", .help = "Its id, or the beginning of it", .form = Parameter::Form::kPositional, .required = true}},
          .run = run_quarantine_show};
}

}  // namespace lakeflow
