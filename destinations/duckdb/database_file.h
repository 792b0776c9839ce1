#pragma once

#include <duckdb.h>

#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/duckdb/working_folder.h"

namespace lakeflow {

// An open DuckDB file. Closing writes the last checkpoint. Thread-safe.
class DatabaseFile {
 public:
  // Creates the file where it is not there and may be written, readable by its owner alone.
  static Result<std::shared_ptr<DatabaseFile>> open(const DuckDbOptions& options);
  DatabaseFile(const DatabaseFile&) = delete;
  DatabaseFile& operator=(const DatabaseFile&) = delete;
  ~DatabaseFile();

  // Makes the write-ahead log for its owner alone, and its name durable, before DuckDB would make it for everyone: DuckDB takes
  // an empty log that is there, and removes it at each checkpoint. To be called before every transaction that writes.
  Status prepare_log() const;

  // The catalogue under which the file is attached: every connection uses it. A name of its own, as DuckDB takes `a.b` for ambiguous where
  // there are both a catalogue and a schema `a`, and a file is easily named like one of its schemas.
  static constexpr const char* kCatalog = "lakeflow_file";

  duckdb_database handle() const { return database_; }
  const std::string& path() const { return path_; }
  bool read_only() const { return read_only_; }

 private:
  DatabaseFile(std::string path, bool read_only, WorkingFolder folder) : path_(std::move(path)), read_only_(read_only), folder_(std::move(folder)) {}
  Status attach(duckdb_config config);

  std::string path_;
  bool read_only_;
  WorkingFolder folder_;
  duckdb_database database_ = nullptr;
};

}  // namespace lakeflow
