#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// What a program prints (a password manager's, a vault's), without the line break at its end; at most 1 MB. It is run without a shell, with nothing
// to read, and what it says on stderr is dropped, as it may hold anything. A user error, without its output, where it can't be started, fails, prints
// nothing or is not at its end in time; it is ended then.
Result<std::string> secret_of_command(const std::vector<std::string>& words, std::chrono::milliseconds patience);

}  // namespace lakeflow
