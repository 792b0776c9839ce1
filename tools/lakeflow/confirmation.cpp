#include "tools/lakeflow/confirmation.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "tools/lakeflow/console.h"

namespace lakeflow {

Parameter yes_parameter() { return {.name = "yes", .help = "Do it without asking", .form = Parameter::Form::kFlag}; }

Parameter reason_parameter() { return {.name = "reason", .help = "Why, in your words: it is written down with your name"}; }

Status confirm(const Arguments& arguments, Console& console, std::string_view what) {
  if (arguments.flag("yes")) {
    return {};
  }
  if (::isatty(STDIN_FILENO) != 1 || !console.form().messages_are_terminal) {
    return std::unexpected(Error::user(fmt::format("{}: that must be confirmed", what), "say --yes"));
  }
  console.note(fmt::format("{}.\nType yes to go on:", what));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "yes") {
    return std::unexpected(Error::user("nothing was changed"));
  }
  return {};
}

std::string user_name() {
  constexpr std::size_t kBytes = 16384;
  std::array<char, kBytes> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("user {}", geteuid());
}

}  // namespace lakeflow
