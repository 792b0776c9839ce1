#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/error.h"
#include "libs/files/file_reader.h"

namespace lakeflow {

// Bytes that come one after the other, out of something that is packed. Used by one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Fills the buffer from its beginning; how many bytes there were. Fewer than it holds only where the stream ends, as it should or by
  // damage. An error is one of what is read from, not of what is packed in it.
  virtual Result<std::size_t> read(std::span<char> buffer) = 0;

  // Why the stream ended before it should have; nothing until then, or where it ended well.
  virtual std::optional<Damage> damage() const = 0;

  // Begins again at the first byte.
  virtual Status restart() = 0;

  // What the file that the bytes come out of is now.
  virtual Result<FileIdentity> identity() = 0;

 protected:
  ByteStream() = default;
  ByteStream(const ByteStream&) = default;
  ByteStream& operator=(const ByteStream&) = default;
};

}  // namespace lakeflow
