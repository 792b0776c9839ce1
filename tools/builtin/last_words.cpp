#include "tools/builtin/last_words.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>

#include "base/error.h"

namespace lakeflow {
namespace {

// Set once, before there are threads; read where there may be many.
struct LastWords {
  const char* error_mark = "";
  const char* next_mark = "";
  std::terminate_handler otherwise = nullptr;
};
LastWords& last_words() {
  static LastWords words;
  return words;
}

// DuckDB's exceptions tell themselves as JSON. Their text may hold a value of a row: it is not shown.
bool is_of_duckdb() {
  const std::exception_ptr thrown = std::current_exception();
  if (!thrown) return false;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& problem) {
    return std::string_view(problem.what()).starts_with(R"({"exception_type":)");
  } catch (...) {
    return false;
  }
}

[[noreturn]] void end_process() {
  const LastWords& words = last_words();
  if (!is_of_duckdb()) {
    if (words.otherwise != nullptr) words.otherwise();
    std::abort();
  }
  // By system calls alone: other threads go on.
  const std::array<const char*, 4> parts = {
      words.error_mark, "DuckDB could not take back a commit that failed, most likely as the disk is full or does not work, and ends this process\n",
      words.next_mark,
      "Make room, or look into the system's log for what ails the disk, and run again: what was committed is safe, and "
      "the run goes on from there\n"};
  for (const char* part : parts) {
    if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) break;
  }
  ::_exit(exit_code(ErrorKind::kDestination));
}

}  // namespace

void say_last_words(const char* error_mark, const char* next_mark) {
  last_words() = {.error_mark = error_mark, .next_mark = next_mark, .otherwise = std::set_terminate(end_process)};
}

}  // namespace lakeflow
