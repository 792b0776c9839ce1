#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "base/options.h"
#include "destinations/interface/apply_plan.h"

namespace lakeflow {

// `scd_type` of a table_configuration; any case in the file.
enum class ScdType {
  kType1,       // SCD_TYPE_1: one row a key, the newest
  kType2,       // SCD_TYPE_2: every version of a row
  kAppendOnly,  // APPEND_ONLY: every record is a row, nothing is compared
};
std::string_view scd_type_name(ScdType type);  // as in a file: "SCD_TYPE_1"

// What becomes of a record that can't be placed.
enum class ErrorHandling {
  kSkip,        // skip: to quarantine, and go on (the default)
  kDeadLetter,  // dead_letter: the same, and its bytes and a line about them in the folder dead_letter_path
  kFail,        // fail: stop before the commit of its chunk
};
std::string_view error_handling_name(ErrorHandling handling);

// What becomes of a table whose source declares more than it has.
enum class SchemaContract {
  kEvolve,   // evolve: the table grows (the default)
  kFreeze,   // freeze: the table stops, with an error that names what is new
  kDiscard,  // discard: the table keeps its columns, and goes on without the new ones
};
std::string_view schema_contract_name(SchemaContract contract);

// How many rejects turn a run into a failed one: "100" (records) or "2.5%" (of the records read). Nothing set: no number does.
struct RejectThreshold {
  std::optional<std::uint64_t> count;
  std::optional<double> percent;  // 0 to 100
  bool is_set() const { return count || percent; }
  bool operator==(const RejectThreshold&) const = default;
};

// The engine's options of one pipeline: the key `settings`. Sizes are written as 64mb, times as 30s (base/options.h).
struct PipelineSettings {
  // A chunk, which is one transaction, ends at the first of these three that is reached (and at the reader's next offset).
  std::int64_t chunk_rows = 100'000;
  std::int64_t chunk_bytes = std::int64_t{64} << 20;  // of raw records
  double chunk_seconds = 30;                          // so that a slow source shows its rows within half a minute

  ErrorHandling error_handling = ErrorHandling::kSkip;
  // The folder into which dead_letter writes; a relative path is relative to the pipeline's file.
  // Default: <name>.dead_letters beside the pipeline's file. Empty but with kDeadLetter.
  std::string dead_letter_path;
  RejectThreshold reject_threshold;
  SchemaContract schema_contract = SchemaContract::kEvolve;  // of tables that have none of their own

  // For how long a destination remembers deletes, and what SCD_TYPE_2 merged: in seconds; nothing: for ever.
  std::optional<double> tombstone_retention = 90.0 * 86400;

  std::int64_t memory_limit = std::int64_t{256} << 20;  // bytes that the destination's engine may take; what is under way comes on top
  std::int64_t threads = 0;                             // that decode; 0: as many as the machine has cores

  // Of `ingest --continuous` (engine/continuous).
  double interval_seconds = 60;           // from the beginning of one run to that of the next
  double jitter = 0.1;                    // each interval is made longer or shorter by up to this share of it, 0 to 0.5
  double longest_back_off_seconds = 900;  // a table that fails again and again is tried at least this often (or once an interval)

  // What a run tells to the outside; empty: nothing. Relative paths are relative to the pipeline's file.
  std::string log_file = {};             // log lines, appended; mode 0600; "-" is stderr
  std::string log_format = "text";       // or "json": an object a line
  LogLevel log_level = LogLevel::kInfo;  // the least that goes to the log file
  std::string metrics = {};              // a loopback address, as 127.0.0.1:9464, that answers with metrics
  std::string metrics_file = {};         // the same numbers, written anew after each run

  bool operator==(const PipelineSettings&) const = default;
};

// The key `destination`.
struct DestinationLocation {
  std::string kind;  // "duckdb", "parquet"
  std::string path;  // resolved against the pipeline's file; ":memory:" stays as it is, for the destination to refuse
  // Of parquet alone: when committed rows become files in their tables' folders.
  std::int64_t file_bytes = std::int64_t{128} << 20;
  double file_age_seconds = 600;
  bool publish_at_end = true;
  bool operator==(const DestinationLocation&) const = default;
};

// One `table` of `objects`.
struct PipelineTable {
  std::string source_table;
  std::string destination_catalog;  // kept for files that are upstream's too; a destination of one catalogue ignores it
  TableName destination;            // default: schema "main", the source table's name
  // The framework's keys of table_configuration. The lists may be written as one text in the file.
  std::optional<ScdType> scd_type;
  std::vector<std::string> primary_keys;  // empty: the source's
  std::vector<std::string> sequence_by;   // empty: the source's cursor_field
  std::vector<std::string> cluster_by;
  std::optional<SchemaContract> schema_contract;  // nothing: the settings'
  std::vector<std::string> partition_by;          // columns, or "column:day", "column:month"
  std::vector<std::string> track_history_except;  // with SCD_TYPE_2: columns, or dotted paths, whose changes make no version
  // The rest of table_configuration: scalars as their text, lists and mappings as JSON. Checked by check_options (connection.h).
  Options table_options;

  std::string place;                                              // "clinic.yaml:7:5", for errors about this table
  std::map<std::string, std::string, std::less<>> option_places;  // of table_options, by name
};

// A pipeline's specification: what a file says, with the defaults filled in. Holds references to secrets, never a secret's value.
struct Pipeline {
  std::string name;              // default: the file's stem
  std::filesystem::path folder;  // of the file; empty means the working directory
  std::string connector;
  Options connection_options;  // as written: not checked, references not resolved (connection.h does both)
  DestinationLocation destination;
  std::vector<PipelineTable> tables;
  PipelineSettings settings;

  std::string connection_place;                                   // "clinic.yaml:2:1"
  std::map<std::string, std::string, std::less<>> option_places;  // of connection_options, by name
};

// Reads a pipeline's file: YAML, of which JSON is a part. Every error is a user error that begins with file:line:column:
// unknown keys (with the nearest right name), wrong types, missing or doubled keys, no tables, the same source table twice
// into one destination, two tables into one destination. (One source table may go to several destinations.)
Result<Pipeline> load_pipeline(const std::filesystem::path& file);

// The same of a text; file_name is for messages, for the default name and for relative paths.
Result<Pipeline> parse_pipeline(std::string_view text, std::string_view file_name);

}  // namespace lakeflow
