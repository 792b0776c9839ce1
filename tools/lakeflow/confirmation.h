#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

class Console;

// --yes and --reason, of the commands that change by hand what runs rely on.
Parameter yes_parameter();
Parameter reason_parameter();

// Whether the user wants it: told by --yes, else asked at the terminal. A user error where nobody can be asked or the answer is no.
Status confirm(const Arguments& arguments, Console& console, std::string_view what);

// The user of this process, for the record of who changed something.
std::string user_name();

}  // namespace lakeflow
