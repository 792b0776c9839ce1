#pragma once

#include <cstdint>

namespace lakeflow {

// What tells two states of a file apart without reading it. Two equal identities of one path are the same content, as
// far as the store of the file knows.
struct FileIdentity {
  std::uint64_t size = 0;        // of the file as it is kept, compressed or not
  std::int64_t modified_ns = 0;  // nanoseconds since 1970-01-01T00:00:00Z, as precise as the store is
  std::uint64_t inode = 0;       // in a file system: stays where the file is renamed; 0 where the store has none
  std::uint64_t version = 0;     // a hash of whatever else the store says of the content (an entity tag); 0 where that was not asked for

  // A version that was not asked for tells nothing: a listing may know less than an open file.
  bool operator==(const FileIdentity& other) const {
    return size == other.size && modified_ns == other.modified_ns && inode == other.inode &&
           (version == other.version || version == 0 || other.version == 0);
  }
};

}  // namespace lakeflow
