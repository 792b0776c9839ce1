#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "simulator/faults/fault.h"

namespace lakeflow {

// What the commands that simulate have in common.

void wait_for_stop(const std::stop_token& stop);

// How a fault is written, and every one there is, for a command's help; `subjects` says what may stand after the @.
std::string describe_faults(std::span<const FaultKind> faults, std::string_view subjects);

Status write_report(const std::filesystem::path& file, std::string_view text);

}  // namespace lakeflow
