#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "destinations/files/file_lock.h"
#include "destinations/parquet/lake_content.h"
#include "destinations/parquet/lake_folder.h"
#include "destinations/sql/database.h"

namespace lakeflow {

// A DuckDB in memory with a view over the files of each table of a lake, and the lake's state as a table. While it, or a reader of it,
// lives, the files stay.
class LakeDatabase final : public Database {
 public:
  // To be taken before the content is read; nothing where this user may not lock.
  static std::optional<FileLock> lock(const LakeFolder& folder);
  static Result<std::shared_ptr<Database>> open(const LakeFolder& folder, std::optional<FileLock> reading, const LakeContent& content);
  ~LakeDatabase() override;

 private:
  LakeDatabase(std::string path, std::optional<FileLock> reading) : Database(std::move(path)), reading_(std::move(reading)) {}

  std::optional<FileLock> reading_;
  std::string scratch_;  // what does not fit into memory; empty where this user may write nothing
};

}  // namespace lakeflow
