#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// Of the tables that connectors have, those of FHIR resources are wider, and those of the longer HL7 v2 segments.
constexpr std::size_t kWidestPlainTable = 100;

struct DuckDbOptions {
  std::string path;  // the database file; created where it is not there, in a directory that is
  // Bytes that DuckDB may hold in memory; what does not fit goes to `<path>.tmp/`. 0 is 256 MiB.
  std::int64_t memory_limit = 0;
  bool read_only = false;  // for status and queries: many processes may, while none writes
  // A new table with more leaf columns than this becomes a view over those that hold something (stored_table.h). Tables that are there stay what
  // they are until a full refresh.
  std::size_t widest_plain_table = kWidestPlainTable;
};

// Why this plan can't be executed in any DuckDB file (Destination::accepts).
Status accepts_duckdb(const ApplyPlan& plan);

// Opens a DuckDB file (1.4, C API) as a destination, and its schema `_lakeflow` (docs/state.md) in it.
//
// Who may open: one process for writing, or several for reading. The lock is DuckDB's own on the file, so that DuckDB's own
// tools keep to it, and one on the folder `<path>.tmp`, which also stops this process from opening the file a second time.
//
// Privacy: the file, its log `<path>.wal` and the folder `<path>.tmp` are made for their owner alone (modes 0600, 0700).
//
// Errors are of the kind destination, and of the kind user where the path or a query is wrong. None holds a value of a row:
// of DuckDB's messages only those about names, files and memory are passed on whole.
//
// How rows land: a table function in C++ gives DuckDB the Arrow batch, without copying columns that both lay out alike, and
// `INSERT … SELECT` from it writes each row once. Which rows win is decided before, in SQL on the narrow batch of keys alone; the
// losers in the table are deleted by row number. Measured (bench/load) that takes no longer than DuckDB's own appender, and for
// changes of wide rows less than its MERGE INTO from a staged copy, which moves each row twice; for narrow rows that is quicker,
// but counts nothing and knows neither ties nor tombstones.
//
// Memory: a new file has blocks of 16 KiB, and row groups have 16,384 rows, as FHIR's tables are wide and mostly empty (database_file.cpp).
// Measured on Synthea's five types by FHIR search, 2 cores: with DuckDB's own 256 KiB and 122,880 rows and a limit of 512 MiB a run of 951 MB
// ends out of memory after 150 MB, and even some hundred rows in nine tables can't be moved from the log into the file; with 64 KiB and 122,880
// rows 308 MB take 67 s, with 16 KiB and 61,440 rows and a limit of 256 MiB 336 s (it writes to disk and back all the time), with 16,384
// rows 23 s, and the process then peaks at 0.8 to 0.9 GB: beside its limit DuckDB holds a few hundred megabytes of vectors and of what it
// knows of each column of each row group. The price is paid by narrow tables, and by
// changes that end in a checkpoint (docs/benchmarks.md).
Result<std::unique_ptr<Destination>> open_duckdb(const DuckDbOptions& options);

// Puts a backup in the place of the DuckDB file at `path`, which is kept beside it as <path>.before_restore, log included. Nobody may have
// it open. At whatever instant this ends, one of the two is there whole.
Status restore_duckdb(const std::string& path, const std::string& backup);

}  // namespace lakeflow
