#pragma once

#include <span>
#include <string>
#include <string_view>

#include "tools/lakeflow/command.h"

namespace lakeflow {

// A script for the shell ("bash", "zsh" or "fish") that completes commands, their options and their files. Made from the
// commands' own declarations, so it can't fall behind them.
std::string shell_completion(std::string_view shell, std::span<const Command> commands);

}  // namespace lakeflow
