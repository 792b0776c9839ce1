#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

struct ParquetOptions {
  std::string path = {};  // the lake's folder; created where it is not there, in a folder that is
  std::int64_t file_bytes = std::int64_t{128} << 20;
  double file_age_seconds = 600;
  bool publish_at_end = true;  // with close(): what was committed is published, whatever its size and age
  bool read_only = false;      // for status and queries: at any time, also while another process writes
};

// Why this plan can't be executed by any lake (Destination::accepts).
Status accepts_parquet(const ApplyPlan& plan);

// Opens a folder of Parquet files as a destination: tables that append, each a folder schema/table/ that any reader of Parquet reads, and
// beside them `_lakeflow/` with the log of commits, the state and what is not published yet (README.md).
//
// Transactions: rows are written to staged files; one commit file, linked to the next number, makes them and the state stand together.
// Staged rows are published, by commits of their own, as files of about file_bytes, or when they are file_age old, or at the end. So a
// reader who only lists a table's folder sees whole files, each row once, some of them later than they were committed; query() and who
// reads the commit files sees all that was committed.
//
// Who may open: one process for writing (a lock), and any number for reading, which see what was committed when they opened it; the
// writer's own queries see its last commit.
//
// Memory: the state (find_state, scan_state) is held in memory; of rows a row group of at most 64 MiB a table under way.
//
// Errors are of the kind destination, and of the kind user where the path, a query or partition_by is wrong. None holds a value of a row.
Result<std::unique_ptr<Destination>> open_parquet(const ParquetOptions& options);

// Puts a backup in the place of the lake at `path`, which is kept beside it as <path>.before_restore. Nobody may write it. At whatever instant
// this ends, one of the two is there whole.
Status restore_parquet(const std::string& path, const std::string& backup);

}  // namespace lakeflow
