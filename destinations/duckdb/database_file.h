#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/duckdb/working_folder.h"
#include "destinations/sql/database.h"

namespace lakeflow {

// An open DuckDB file. Closing writes the last checkpoint. Thread-safe.
class DatabaseFile final : public Database {
 public:
  // Creates the file where it is not there and may be written, readable by its owner alone.
  static Result<std::shared_ptr<DatabaseFile>> open(const DuckDbOptions& options);
  ~DatabaseFile() override;

  bool read_only() const override { return read_only_; }
  // A folder of this process, gone with it; empty for a reader who may not write beside the file. SQL may read and write there.
  const std::string& scratch() const { return folder_.scratch(); }
  // What ATTACH must be told of a file of ours: "(TYPE duckdb, READ_WRITE, …)".
  static std::string attach_options(bool read_only);

  // Makes the write-ahead log for its owner alone, and its name durable, before DuckDB would make it for everyone: DuckDB takes
  // an empty log that is there, and removes it at each checkpoint.
  Status prepare_log() const override;

 private:
  DatabaseFile(std::string path, bool read_only, WorkingFolder folder)
      : Database(std::move(path)), read_only_(read_only), folder_(std::move(folder)) {}

  bool read_only_;
  WorkingFolder folder_;
};

}  // namespace lakeflow
