#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/quarantined_records.h"

namespace lakeflow {
namespace {

Error cannot_write(const std::filesystem::path& path) {
  return Error::user(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)), "choose another folder with --to");
}

// Readable by the owner alone: these are records as they came.
Status write_private_file(const std::filesystem::path& path, std::string_view bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    return std::unexpected(cannot_write(path));
  }
  Status outcome;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      outcome = std::unexpected(cannot_write(path));
      break;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::close(file) != 0 && outcome) {
    outcome = std::unexpected(cannot_write(path));
  }
  return outcome;
}

Result<int> export_to_folder(const QuarantinedRecords& records, const std::filesystem::path& folder, Console& console) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(cannot_write(folder));
  }
  std::size_t count = 0;
  std::string index;
  LAKEFLOW_TRY(records.for_each([&](const QuarantineEntry& entry) -> Status {
    QuarantineEntry line = entry;
    line.bytes.clear();
    index += to_json(line) + "\n";
    ++count;
    return write_private_file(folder / entry.id, entry.bytes);
  }));
  LAKEFLOW_TRY(write_private_file(folder / "index.ndjson", index));
  if (console.json()) {
    console.print(fmt::format("{{\"records\":{}}}\n", count));
  } else {
    console.print(fmt::format("{} record{} in {}, with index.ndjson\n", count, count == 1 ? "" : "s", folder.string()));
  }
  return kExitDone;
}

Result<int> run_quarantine_export(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const QuarantinedRecords records, QuarantinedRecords::open(arguments, session, quarantine_filter(arguments), true));
  if (const std::optional<std::string> folder = arguments.find("to")) {
    return export_to_folder(records, *folder, session.console);
  }
  LAKEFLOW_TRY(records.for_each([&](const QuarantineEntry& entry) -> Status {
    session.console.print(to_json(entry) + "\n");
    return {};
  }));
  return kExitDone;
}

Command described() {
  Command command{.name = "quarantine export",
                  .summary = "Write out records in quarantine as they came, to be repaired and sent again",
                  .description =
                      "With --to a file for each record, named by its id, and an index; else one JSON object a line on stdout. They\n"
                      "may hold patients' data: the files can be read by you alone.",
                  .examples = {"lakeflow quarantine export clinic.yaml --to rejected", "lakeflow quarantine export clinic.yaml --reason missing_key"},
                  .parameters = quarantine_parameters("0"),
                  .run = run_quarantine_export};
  command.parameters.push_back({.name = "to", .help = "Folder, made where it is not there", .value = Parameter::Value::kFolder});
  return command;
}

}  // namespace

Command quarantine_export_command() { return described(); }

}  // namespace lakeflow
