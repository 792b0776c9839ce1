#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// What is said on the socket. The client sends one Question and gets an Answer, both as frames. If the answer is rows, they follow as an
// Arrow IPC stream, and after its end a second answer, which says whether all of them came.

struct Question {
  enum class About {
    kDescription,   // Destination::describe()
    kProcessState,  // what the process says of itself
    kQuery,         // `text` is SQL
    kState,         // Destination::find_state: one or no row (name, value); `text` is the name
    kStates,        // Destination::scan_state: rows likewise; `text` is the prefix
    kBackup,        // Destination::backup; `text` is the path, absolute
  };
  About about = About::kDescription;
  std::string text;
  StateOwner owner;
};

struct Answer {
  bool rows = false;                // rows follow
  std::string text = {};            // of a description and a process's state
  std::optional<Error> error = {};  // instead of all that
};

std::string encode(const Question& question);
std::string encode(const Answer& answer);
// Internal errors: the other end is this program, perhaps of another version.
Result<Question> decode_question(std::string_view frame);
Result<Answer> decode_answer(std::string_view frame);

}  // namespace lakeflow
