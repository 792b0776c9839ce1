#pragma once

#include <cstdint>

namespace lakeflow {

// What tells two states of a file apart without reading it. Two equal identities of one path are the same content, as
// far as the file system knows.
struct FileIdentity {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // nanoseconds since 1970-01-01T00:00:00Z, as precise as the file system is
  std::uint64_t inode = 0;
  bool operator==(const FileIdentity&) const = default;
};

}  // namespace lakeflow
