#pragma once

#include <string_view>

namespace lakeflow {

// The columns that the framework adds to every table, after the source's, in this order. They are outside comparison
// and content hashes (but for the hash's own column, which holds it).
inline constexpr std::string_view kRescuedDataColumn = "_rescued_data";                // utf8: JSON object of what did not fit; null where all did
inline constexpr std::string_view kSourceFileColumn = "_source_file";                  // utf8: the file, or the URL without its query
inline constexpr std::string_view kSourcePositionColumn = "_source_position";          // int64: byte offset in the file, or number of the page
inline constexpr std::string_view kIngestionTimestampColumn = "_ingestion_timestamp";  // timestamp[us, UTC]: when its run began to apply it
inline constexpr std::string_view kRunIdColumn = "_run_id";                            // utf8: the run, as in _lakeflow.runs
inline constexpr std::string_view kContentHashColumn = "_content_hash";                // int64: over the source's columns; not in append tables
inline constexpr std::string_view kTrackedHashColumn = "_tracked_hash";  // int64: over those whose changes make versions; where versions merge
inline constexpr std::string_view kStartAtColumn = "__START_AT";         // SCD type 2: where in the order of changes the version begins
inline constexpr std::string_view kEndAtColumn = "__END_AT";             // and where it ended; null for the one that stands

}  // namespace lakeflow
