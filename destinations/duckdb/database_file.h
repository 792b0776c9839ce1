#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/duckdb/working_folder.h"
#include "destinations/files/file_identity.h"
#include "destinations/sql/connection.h"
#include "destinations/sql/database.h"

namespace lakeflow {

// Rows of a row group in a file of ours (database_file.cpp).
constexpr int kRowGroupRows = 16'384;

// An open DuckDB file. Thread-safe, but for what concerns the log: that is for the thread that writes.
//
// DuckDB goes on writing into a file whose name was removed or given to another, and all that would be lost without a word: so the names
// of the file and of its log are compared with what is open around each commit.
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
  Status check_before_commit() const override;
  Status check_after_commit() const override;
  // Whether the log that lies beside the file is none of ours: writing a checkpoint would remove it.
  bool has_foreign_log() const;
  // Writes the log into the file: DuckDB does that by itself neither after a commit nor when it is closed, as it would tear the file where it
  // is killed (saved_blocks.h). `statement` is CHECKPOINT, or FORCE CHECKPOINT. `connection` is one to this file.
  // Also where that was removed or replaced: then its log goes, which else would be taken for another's.
  Status checkpoint(Connection& connection, const std::string& statement = "CHECKPOINT") const;
  // How long the log is.
  std::uintmax_t log_bytes() const;
  // Lets go of what DuckDB keeps of blocks that are gone or can be read again, which else grows with the commits. Queries go on beside it.
  void forget_blocks() const;

 private:
  DatabaseFile(const DuckDbOptions& options, WorkingFolder folder);

  std::string log_path() const { return path() + ".wal"; }
  Status check_file() const;
  Status check_log() const;
  // Statements whose answers change nothing here.
  void tell(const std::vector<std::string>& statements) const;

  bool read_only_;
  std::string memory_limit_;
  WorkingFolder folder_;
  std::optional<FileIdentity> identity_;     // of the open file
  mutable std::optional<FileIdentity> log_;  // that DuckDB writes; none after a checkpoint
  mutable std::string headers_;              // of the file, before the commit that is under way
};

}  // namespace lakeflow
