#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/shell_completion.h"

namespace lakeflow {

Command completion_command() {
  return {.name = "completion",
          .summary = "Print the completion script of a shell",
          .examples = {"source <(lakeflow completion bash)", "lakeflow completion fish | source"},
          .parameters = {{.name = "shell",
                          .help = "The shell",
                          .form = Parameter::Form::kPositional,
                          .value = Parameter::Value::kChoice,
                          .required = true,
                          .choices = {"bash", "zsh", "fish"}}},
          .run = [](const Arguments& arguments, Session& session) -> Result<int> {
            session.console.print(shell_completion(arguments.text("shell"), all_commands()));
            return kExitDone;
          }};
}

}  // namespace lakeflow
