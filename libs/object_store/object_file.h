#pragma once

#include <memory>
#include <string>

#include <arrow/buffer.h>
#include <arrow/filesystem/filesystem.h>
#include <arrow/io/interfaces.h>
#include <arrow/util/future.h>

#include "libs/files/file_reader.h"
#include "libs/object_store/object_store_options.h"

namespace lakeflow {

// An object open for reading. It is fetched in blocks, the next one while the one before is worked on.
class ObjectFile final : public FileReader {
 public:
  // `name` is bucket/key. Null where there is no such object.
  static Result<std::unique_ptr<ObjectFile>> open(std::shared_ptr<arrow::fs::FileSystem> file_system,
                                                  std::shared_ptr<const ObjectStoreOptions> options, std::string name);

  // Asks the service only where something was read since it was asked before.
  Result<FileIdentity> identity() override;
  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) override;

 private:
  struct Block {
    std::uint64_t position = 0;
    arrow::Future<std::shared_ptr<arrow::Buffer>> content;
  };

  ObjectFile(std::shared_ptr<arrow::fs::FileSystem> file_system, std::shared_ptr<const ObjectStoreOptions> options, std::string name)
      : file_system_(std::move(file_system)), options_(std::move(options)), name_(std::move(name)) {}

  // Opens the object, as which it is the one that was opened; false where it is not there.
  Result<bool> look(std::shared_ptr<arrow::io::RandomAccessFile>& file, FileIdentity& identity) const;
  Block fetch(std::uint64_t position) const;
  Result<std::shared_ptr<arrow::Buffer>> block_at(std::uint64_t position);
  std::string shown() const;

  const std::shared_ptr<arrow::fs::FileSystem> file_system_;
  const std::shared_ptr<const ObjectStoreOptions> options_;
  const std::string name_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  FileIdentity identity_;
  bool was_read_ = false;  // since identity_ was asked for
  std::optional<Block> current_;
  std::optional<Block> ahead_;
};

}  // namespace lakeflow
