#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/files/file_reader.h"
#include "libs/packed_files/packing.h"

namespace lakeflow {

// libarchive, reading from a FileReader: one walk through an archive from its beginning.
class ArchiveHandle {
 public:
  enum class Zip { kByDirectory, kAsItFollows };

  // The reader lives longer.
  ArchiveHandle(FileReader& file, Packing packing, Zip zip);
  ArchiveHandle(const ArchiveHandle&) = delete;
  ArchiveHandle& operator=(const ArchiveHandle&) = delete;
  ~ArchiveHandle();

  // The next entry of any kind; null at the end, or where problem() says why not. An error is one of the reader.
  Result<archive_entry*> next();
  // More of the entry's data; fewer bytes than asked for at its end, or where problem() says why.
  Result<std::size_t> read(std::span<char> buffer);

  const std::optional<Damage>& problem() const { return problem_; }
  // How many bytes of the file were taken.
  std::uint64_t taken() const { return taken_; }

 private:
  static la_ssize_t take_block(archive*, void* self, const void** block);
  static la_int64_t skip_bytes(archive*, void* self, la_int64_t count);
  static la_int64_t seek_to(archive*, void* self, la_int64_t offset, int whence);
  // Gets the next block of the entry's data; false where there is none.
  Result<bool> take_data();
  // What a call gave: whether all is well. Notes the problem otherwise; an error is one of the reader.
  Result<bool> judge(int outcome);

  FileReader& file_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t taken_ = 0;
  std::vector<char> block_;
  std::unique_ptr<archive, int (*)(archive*)> handle_;
  bool is_open_ = false;
  std::span<const char> data_;   // of the entry, not yet given out
  std::uint64_t data_at_ = 0;    // where it stands in the entry
  std::uint64_t given_out_ = 0;  // of the entry; a hole before the data is zeros
  std::optional<Error> error_;   // of the reader
  std::optional<Damage> problem_;
};

}  // namespace lakeflow
