#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lakeflow {

// How a table's records relate to its rows (design document §3.1).
enum class IngestionType {
  kSnapshot,        // each read gives the whole table; needs primary_keys
  kCdc,             // upserts since an offset; needs primary_keys and a cursor_field
  kCdcWithDeletes,  // upserts and deletes; the same, and read_table_deletes or deletes in the stream
  kAppend,          // new rows only, never changed; needs a cursor_field
};

// "snapshot", "cdc", "cdc_with_deletes", "append".
std::string_view ingestion_type_name(IngestionType type);
std::optional<IngestionType> parse_ingestion_type(std::string_view name);

struct TableMetadata {
  IngestionType ingestion_type = IngestionType::kSnapshot;
  // Names of top-level columns. Unique together among a table's current rows.
  std::vector<std::string> primary_keys;
  // What orders a row's versions: a column, or a dotted path into structs ("meta.lastUpdated"). Empty for snapshot.
  std::string cursor_field;
  // The column, or dotted path, that names the person a row is about, where there is one; through lists, too.
  std::string subject_field;
  // Columns that all rows of one event (a message) share, in every table that it fills, beside _source_file. So rows that don't name their
  // person are found by those that do. Empty where records are no events.
  std::vector<std::string> event_fields = {};
  // Of a table that tells of unreadable records, too (DecodedTable::tells_of_rejects): the column of their bytes, and one that is null in
  // the rows of all others. Nobody knows for sure whom such a record is about: its bytes are searched for a person as those in quarantine are.
  std::string unread_bytes_field = {};
  std::string unread_reason_field = {};
  // What a row is, in a few words for people, where the table's name does not say it.
  std::string description = {};
};

}  // namespace lakeflow
