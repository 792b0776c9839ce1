#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/confirmation.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/pipeline_session.h"

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

// Of a file, or of a folder's files.
std::uintmax_t bytes_of(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    return std::filesystem::file_size(path, ignored);
  }
  std::uintmax_t bytes = 0;
  for (std::filesystem::recursive_directory_iterator entry(path, ignored), end; entry != end; entry.increment(ignored)) {
    bytes += entry->is_regular_file(ignored) ? entry->file_size(ignored) : 0;
  }
  return bytes;
}

Result<int> run_backup(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline, true));
  const std::string path = arguments.text("file");
  session.console.note(fmt::format("copying {}", destination->describe()));
  LAKEFLOW_TRY(destination->backup(path));
  session.console.print(session.console.json() ? Json{{"backup", path}, {"bytes", bytes_of(path)}}.dump() + "\n"
                                               : fmt::format("{} holds all that was committed\n", path));
  return kExitDone;
}

Result<int> run_restore(const Arguments& arguments, Session& session) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  const std::string backup = arguments.text("file");
  const std::string& path = pipeline.destination.path;
  LAKEFLOW_TRY(confirm(arguments, session.console, fmt::format("{} will be as it was when {} was made", path, backup)));
  LAKEFLOW_TRY(restore_destination(pipeline, backup));
  session.console.print(session.console.json() ? Json{{"restored", path}, {"from", backup}}.dump() + "\n"
                                               : fmt::format("{} is restored; lakeflow ingest goes on from there\n", path));
  return kExitDone;
}

}  // namespace

Command backup_command() {
  return {.name = "backup",
          .summary = "Copy the destination as it is now, also while a run is under way",
          .description =
              "The copy holds rows, offsets and log of one instant, and can be opened like the original. It appears under its name when it is\n"
              "whole. It holds patients' data: only you may read it.",
          .examples = {"lakeflow backup clinic.yaml clinic-2026-05-01.duckdb"},
          .parameters = {pipeline_parameter(),
                         {.name = "file",
                          .help = "The new file; of a Parquet lake the new folder",
                          .form = Parameter::Form::kPositional,
                          .value = Parameter::Value::kFile,
                          .required = true}},
          .run = run_backup};
}

Command restore_command() {
  return {
      .name = "restore",
      .summary = "Put a backup in the destination's place",
      .description =
          "What is there now is kept beside it as <path>.before_restore. The next run reads from the offsets of the backup, and so brings\n"
          "again what came since.",
      .examples = {"lakeflow restore clinic.yaml clinic-2026-05-01.duckdb --yes"},
      .parameters = {pipeline_parameter(),
                     {.name = "file", .help = "The backup", .form = Parameter::Form::kPositional, .value = Parameter::Value::kFile, .required = true},
                     yes_parameter()},
      .run = run_restore};
}

}  // namespace lakeflow
