#pragma once

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"

namespace lakeflow {

// Where a command speaks. Results go to stdout; errors, warnings and progress go to stderr, so that a result can be
// piped on. With --json both are JSON: errors and notes one object a line. Colours only on a terminal, and never where
// the environment has NO_COLOR. Thread-safe.
class Console final : public Logger {
 public:
  struct Form {
    bool json = false;
    bool verbose = false;                // all log lines, not the warnings alone
    bool output_is_terminal = false;     // stdout
    bool messages_are_terminal = false;  // stderr
    bool colours = false;                // on stderr
    std::size_t width = 0;               // columns of the terminal; 0 where there is none
    std::size_t height = 0;              // its lines
  };

  // Looks at the process: its terminals, NO_COLOR, TERM.
  static Form form_of_process(bool json, bool verbose);

  explicit Console(Form form) : form_(form) {}
  ~Console() override;
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  const Form& form() const { return form_; }
  bool json() const { return form_.json; }

  // Appends to stdout, by way of a buffer. False once nobody reads any more (the other end of the pipe is closed) or
  // writing failed: a command that streams then ends.
  bool print(std::string_view text);
  // Writes what is buffered. A closed pipe is no error: the reader had enough. Any other failure is one.
  Status flush();

  // A line on stderr for people; nothing with --json, where the document says it all.
  void note(std::string_view text);
  // "error: <what, where>" and "next: <what to do>", or {"error":{…}} with --json.
  void error(const Error& error);
  // The same as "warning:" and {"warning":{…}}, for what the user should act on though the command did its work.
  void warning(const Error& error);

  // Warnings, or with `verbose` all lines. Which run of which pipeline it is goes without saying but in JSON.
  void write(LogLevel level, std::string_view message, Fields fields) override;

  // Replaces the lines that the last call of show_live put at the end of stderr's terminal; other output goes above
  // them. Does nothing where stderr is no terminal or with --json.
  void show_live(std::vector<std::string> lines);

 private:
  void write_failure(const Error& error, LogLevel level);
  void write_message(std::string_view text);
  void erase_live();
  void draw_live();
  bool write_buffer();

  const Form form_;
  std::mutex mutex_;
  std::string buffer_;
  bool reader_is_gone_ = false;
  int write_error_ = 0;  // errno
  std::vector<std::string> live_;
};

}  // namespace lakeflow
