#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <variant>

#include "base/error.h"
#include "base/logging.h"
#include "sources/interface/offset.h"
#include "sources/interface/raw_records.h"
#include "sources/interface/standing_keys.h"

namespace lakeflow {

// How a read ended: part of the contract, as a snapshot's absent rows become deletes only after kComplete.
enum class End {
  kComplete,  // all there is was returned (a snapshot: the whole table)
  kCaughtUp,  // all changes up to now were returned
  kLimit,     // more is there, and the read stopped at a limit or at the deadline: call read_table again
};

// What a read is given by whoever runs it. Lives at least as long as the reader.
struct ReadContext {
  // Asks for an end: a read that waits, sleeps or polls returns Error::interrupted within a second of it.
  std::stop_token stop;
  // A time after which the read returns End::kLimit at its next offset.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  Logger* log = &silent_logger();
  // The committed keyed state; null in a preview, which has none.
  const StateLookup* state = nullptr;
  // The keys that stand in the table; null where whoever runs the read can't tell (a preview, a table that only grows).
  const StandingKeys* standing_keys = nullptr;
  // About how many bytes of records one next() should give.
  std::size_t batch_bytes = 4U << 20U;
};

// One read of a table (or of several in one pass), lazily. Used by one thread at a time.
//
// Reading a range again gives the same rows where the source is immutable (files, topics), and the same final tables
// where it is not (a live search).
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The next records, never empty for ever: a call returns within the batch size or after one page. After an End or an
  // error it is not called again. An error loses nothing that was returned before it.
  virtual Result<std::variant<RawRecords, End>> next() = 0;

  // A place from which a later read goes on after all that was returned so far; nothing where there is none yet
  // (in the middle of a run of equal times, of a file). After an End it is always there, but for a snapshot.
  // The framework commits it with those rows or not at all. Asked for after an error, too: what the failed call has taken in hand and did not
  // return is behind this place, and not in the state either.
  virtual std::optional<Offset> offset() const = 0;

  // The keyed state that goes with offset(): what changed since the last call of state_delta(). Called once for each
  // offset that will be committed.
  virtual StateDelta state_delta() { return {}; }
};

}  // namespace lakeflow
