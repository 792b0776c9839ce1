#include "destinations/duckdb/timeless_deletes.h"

#include <fmt/format.h>

#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// The places of the table's events, of versions also those of the deletes that ended them.
std::string places_in_table(const TableWriter& writer, const SliceSql& sql) {
  std::string places = fmt::format("SELECT {}{} AS place FROM {}", sql.target_keys(), sql.place_of_target(), writer.table());
  if (writer.plan().history == HistoryMode::kVersions) {
    const std::string end = quote_identifier(kEndAtColumn);
    places += fmt::format(" UNION ALL SELECT {0}{1} FROM {2} WHERE {1} IS NOT NULL", sql.target_keys(), end, writer.table());
  }
  return places;
}

}  // namespace

Result<PlacedSlice> place_timeless_deletes(const TableWriter& writer, const SliceSql& sql, Tombstones& tombstones, const std::string& from) {
  Connection& connection = writer.connection();
  LAKEFLOW_TRY(tombstones.any());
  LAKEFLOW_TRY(connection.execute(
      writer.doing(), fmt::format(R"sql(
CREATE OR REPLACE TEMP TABLE lakeflow_placed AS
WITH came AS MATERIALIZED (SELECT s.*, {is_timeless} AS timeless, CASE WHEN NOT {is_timeless} THEN {place} END AS place FROM {from} s),
     touched AS (SELECT DISTINCT {keys} FROM came s WHERE s.timeless),
     known AS (
       SELECT {keys}, s.place FROM ({in_table}) s SEMI JOIN touched k ON {keys_equal}
       UNION ALL SELECT {keys}, g.place FROM touched s JOIN ({tombstones}) g ON g.key = {keys_text}),
     last_known AS (SELECT {keys}, max(s.place) AS place FROM known s GROUP BY {keys}),
     preceded AS (
       SELECT s.*, k.place AS known, max(s.place) OVER (PARTITION BY {keys} ORDER BY s."row" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier
       FROM came s LEFT JOIN last_known k ON {keys_equal}),
     placed AS (
       SELECT * REPLACE (CASE WHEN NOT timeless THEN place WHEN known IS NULL OR earlier > known THEN earlier ELSE known END AS place) FROM preceded)
SELECT s.* EXCLUDE (timeless, place, known, earlier) REPLACE ({sequences}) FROM placed s WHERE s.place IS NOT NULL)sql",
                                  fmt::arg("is_timeless", sql.has_null_sequence("s")), fmt::arg("place", sql.place("s")), fmt::arg("from", from),
                                  fmt::arg("keys", sql.keys("s")), fmt::arg("in_table", places_in_table(writer, sql)),
                                  fmt::arg("keys_equal", sql.keys_equal("s", "k")), fmt::arg("tombstones", tombstones.select(sql)),
                                  fmt::arg("keys_text", sql.keys_text("s")), fmt::arg("sequences", sql.sequences_of_place("s.place")))));
  LAKEFLOW_ASSIGN(const std::int64_t came, connection.integer(writer.doing(), fmt::format("SELECT count(*) FROM {}", from)));
  LAKEFLOW_ASSIGN(const std::int64_t placed, connection.integer(writer.doing(), "SELECT count(*) FROM lakeflow_placed"));
  return PlacedSlice{.from = "lakeflow_placed", .pointless = static_cast<std::uint64_t>(came - placed)};
}

}  // namespace lakeflow
