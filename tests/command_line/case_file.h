#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// A test of the command as a user has it, written as text. Lines that begin with ";; " say what it shows. A step begins with
// "=== "; the lines below belong to it, but for empty ones before the next step:
//
//   === file NAME             writes the lines to the file; NAME may have folders
//   === serve NAME ARGUMENTS  starts `lakeflow simulate fhir ARGUMENTS`; $NAME is its base URL from then on
//   === start NAME COMMAND    the same with a shell command, whose first line of output is its URL
//   === hold NAME             holds the DuckDB file open, as another program does; === release NAME lets go
//   === change NAME SQL       changes the DuckDB file as somebody does by hand, with another program
//   === secret TEXT           from here on no command may print TEXT
//   === requires COMMAND      the case is skipped where the shell command fails: this machine cannot do it
//   === setup COMMAND         a shell command that must succeed; what it prints is nobody's business
//   === $ COMMAND             a shell command, whose output is looked at
//   === data $ COMMAND        the same, of a command that shows data on purpose: secrets are not looked for
//   === exit CODE             the exit code that the last command had to have; 0 where this is missing
//   === stdout                the lines that it had to print; [..] stands for anything within a line, a line ... for
//   === stderr                any number of lines. Where the section is missing anything goes
//
// Commands run in an empty folder of their own, `lakeflow` is the one that was built, $LAKEFLOW_SOURCES the folder of the connectors, and no secret
// of the user's is seen.
struct CaseStep {
  std::string verb;      // "file", "$", …
  std::string argument;  // the rest of its line
  std::string body;
  int line = 0;
};

struct CaseFile {
  std::filesystem::path path;
  std::vector<CaseStep> steps;
};

Result<CaseFile> read_case_file(const std::filesystem::path& path);

// Whether the text is what the pattern says; else where they part, with the text.
Status matches(std::string_view pattern, std::string_view text);

}  // namespace lakeflow
