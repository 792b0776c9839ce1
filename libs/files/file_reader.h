#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.h"
#include "libs/files/file_identity.h"

namespace lakeflow {

// Why what is packed in a file ends before it should.
struct Damage {
  std::string reason;  // a code: "truncated_file", "damaged_file", "encrypted_file", "unpacks_to_too_much", "unknown_packing"
  std::string detail;  // what and where, for whoever looks after the file; nothing of its content
};

// A file open for reading, by position. Memory is the caller's: a file of any size is read in pieces of any size. Used by one thread.
class FileReader {
 public:
  virtual ~FileReader() = default;

  // What the file is now.
  virtual Result<FileIdentity> identity() = 0;

  // Whether the bytes come out of a packed file: then how many they are is no identity's size, and known only where they end.
  virtual bool is_packed() const { return false; }

  // Of a packed file, after a short read: why its bytes end there, if not because that is their end. A file that is still being written
  // looks damaged too, and tells by its identity, which changes.
  virtual std::optional<Damage> damage() const { return std::nullopt; }

  // Reads bytes from a position until the buffer is full or the file ends; how many were read. One that is cut meanwhile gives a short
  // read. Positions that go forward, also by less than what was read, are the cheap ones: all that some readers can do is to begin again.
  virtual Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) = 0;

  // A short text that stands for the first `length` bytes: a hash of their beginning and of their end (64 KB each), so of all of up to
  // kWholeFingerprint bytes. It tells a file that grew from one that was written anew, without reading all of it again.
  Result<std::string> fingerprint(std::uint64_t length);
  static constexpr std::uint64_t kWholeFingerprint = 128 * 1024;

 protected:
  FileReader() = default;
  FileReader(const FileReader&) = default;
  FileReader& operator=(const FileReader&) = default;
};

}  // namespace lakeflow
