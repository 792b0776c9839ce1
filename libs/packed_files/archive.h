#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libs/files/file_reader.h"
#include "libs/packed_files/packing.h"
#include "libs/packed_files/unpack_limits.h"

namespace lakeflow {

// A file inside an archive.
struct ArchiveMember {
  // As the archive has it, without "./" or "/" before it; bytes that are no UTF-8 and control characters are written %FF. Whatever it says,
  // it names nothing outside the archive. The second of that name is "adt.hl7#2".
  std::string path;
  FileIdentity identity;  // size and time as the archive says them
};

// A zip or tar file, from its first member to its last. Members are the regular files in it: folders, links and devices are passed over. A zip is
// read by its directory of contents, or, where that is missing, as far as its members follow each other. Used by one thread.
class Archive {
 public:
  // `packing` is kZip or kTar. The file may itself come out of a compressed one.
  static std::unique_ptr<Archive> make(std::unique_ptr<FileReader> file, Packing packing, UnpackLimits limits);
  virtual ~Archive() = default;

  // The next member; nothing where no more can be found: at the end, or before it where damage() says so.
  virtual Result<std::optional<ArchiveMember>> next() = 0;
  // Reads the member that next() gave; until next() is called again, and no longer than the archive lives. What damages it alone is its own.
  virtual std::unique_ptr<FileReader> open_member() = 0;

  // Why not all members could be found. The members that were are whole, or say themselves that they are not.
  virtual std::optional<Damage> damage() const = 0;
  // Of the file that the archive is in.
  virtual Result<FileIdentity> identity() = 0;

 protected:
  Archive() = default;
  Archive(const Archive&) = default;
  Archive& operator=(const Archive&) = default;
};

}  // namespace lakeflow
