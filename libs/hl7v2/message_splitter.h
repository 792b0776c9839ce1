#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow::hl7v2 {

// What a splitter finds in a stream of bytes.
enum class PieceKind {
  kMessage,   // a message, from its MSH to its last byte before the terminator
  kEnvelope,  // an FHS, BHS, BTS or FTS segment: no message, and no error
  kBroken,    // something that stands where a message should: `reason` says what
};

struct Piece {
  PieceKind kind = PieceKind::kMessage;
  std::string_view bytes;      // a view into the data that was split
  std::uint64_t position = 0;  // of its first byte in the stream
  std::string_view reason;     // of kBroken: a code in snake_case
  std::string detail;          // of kBroken: what and where, without patients' data
};

// Where a splitter stands. What a later one needs to go on at `position`, and nothing else.
struct SplitterState {
  std::uint64_t position = 0;        // in the stream; all before it was given out
  bool in_frame = false;             // a 0B came, its 1C did not yet
  std::uint64_t batch_messages = 0;  // since BHS, or the start
  std::uint64_t file_batches = 0;    // since FHS, or the start
  bool operator==(const SplitterState&) const = default;
};

// Finds the messages in a stream: a file, or what came over a line.
//
// - A byte order mark before a message is passed over, as are blank lines and framing bytes.
// - 0B <message> 1C 0D is one message (MLLP). A frame that does not end is a torn message.
// - Without frames a message goes to the next line that is a header: CR ends a line; LF does in a message that has no CR. In a
//   message that has CRs, a line feed may stand inside a field, so that a header after one begins a message only if it
//   is a whole one (delimiters, and a type in MSH-9). A text line that merely starts with MSH begins none.
// - Blanks before a header are passed over. A whole header in the middle of a line: the message before it was cut there, and is torn.
// - FHS, BHS, BTS and FTS are envelopes. BTS-1 and FTS-1 are compared with what was found (HL7 v2.8.2 §2.10.3); a trailer
//   that disagrees is kBroken with reason "count_mismatch".
//
// Reasons: "no_msh_segment" (text without a header), "unicode_of_wide_units" (UTF-16 or UTF-32), "invalid_delimiters" (MSH-1, MSH-2),
// "no_message_type" (no MSH-9), "torn_message", "count_mismatch".
class MessageSplitter {
 public:
  explicit MessageSplitter(SplitterState state = {}) : state_(state) {}

  // Splits `data`, which begins at state().position, and appends what it finds. What stands at the end and may go on in
  // bytes not seen yet is left: give it again, with more behind it, from state().position. `at_end`: nothing follows.
  void split(std::string_view data, bool at_end, std::vector<Piece>& pieces);

  const SplitterState& state() const { return state_; }

 private:
  SplitterState state_;
};

}  // namespace lakeflow::hl7v2
