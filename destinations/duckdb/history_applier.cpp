#include "destinations/duckdb/history_applier.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/kill_point.h"
#include "destinations/duckdb/merged_versions.h"
#include "destinations/duckdb/slice_sql.h"
#include "destinations/duckdb/timeless_deletes.h"
#include "destinations/interface/framework_columns.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {
namespace {

// The best row of each key and sequence.
std::string stage_sql(const SliceSql& sql, const std::string& keys, bool repeats) {
  const std::string best_of_each =
      repeats ? fmt::format(R"(QUALIFY row_number() OVER (PARTITION BY {}, {} ORDER BY "delete" DESC, content_hash DESC, "row") = 1)", sql.keys("s"),
                            sql.place("s"))
              : "";
  return fmt::format("CREATE OR REPLACE TEMP TABLE lakeflow_slice AS SELECT s.*, {} AS place FROM {} s {}", sql.place("s"), keys, best_of_each);
}

// Whether versions begin where the one before them ends in another way than each upsert by itself.
constexpr const char* kEachIsAVersion = R"sql(
     versions AS (SELECT *, place AS version_start, next_place AS version_end, true AS is_last FROM kept))sql";
constexpr const char* kEqualOnesAreOne = R"sql(
     beginnings AS (SELECT *, is_delete OR (NOT after_delete AND after_hash = tracked_hash) IS NOT TRUE AS begins FROM kept),
     versions AS (
       SELECT *, max(CASE WHEN begins THEN place END) OVER (PARTITION BY {keys} ORDER BY place ROWS UNBOUNDED PRECEDING) AS version_start,
         next_place AS version_end, lead(begins) OVER (PARTITION BY {keys} ORDER BY place) IS NOT FALSE AS is_last
       FROM beginnings s))sql";

std::string events_sql(const SliceSql& sql, const TableWriter& writer, const Tombstones& tombstones, bool may_be_in_table, bool merges,
                       const std::string& aside) {
  const std::string tracked = merges ? quote_identifier(kTrackedHashColumn) : "0";
  const std::string versions = merges ? fmt::format(fmt::runtime(kEqualOnesAreOne), fmt::arg("keys", sql.keys("s"))) : kEachIsAVersion;
  const std::string kept_aside = merges ? fmt::format(R"sql(
       UNION ALL SELECT {}, t.place, false, t.content_hash, t.tracked_hash, false, NULL, t.aside_row, NULL, NULL, NULL
         FROM (SELECT rowid AS aside_row, {}{} AS place, {} AS content_hash, {} AS tracked_hash FROM {}) t SEMI JOIN touched k ON {})sql",
                                                      sql.keys("t"), sql.target_keys(), sql.place_of_target(), quote_identifier(kContentHashColumn),
                                                      tracked, aside, sql.keys_equal("t", "k"))
                                        : "";
  return fmt::format(
      R"sql(
CREATE OR REPLACE TEMP TABLE lakeflow_events AS
WITH touched AS MATERIALIZED (SELECT DISTINCT {slice_keys} FROM lakeflow_slice s),
     standing AS MATERIALIZED (
       SELECT t.* FROM (
         SELECT rowid AS target_row, {target_keys}{place_of_target} AS place, {start} AS start_at, {end} AS end_at, {hash} AS content_hash,
           {tracked} AS tracked_hash
         FROM {table} WHERE {may_be_in_table}) t SEMI JOIN touched k ON {same_keys}),
     events AS (
       SELECT {keys}, t.place, false AS is_delete, t.content_hash, t.tracked_hash, false AS comes, t.target_row, NULL::BIGINT AS aside_row,
         NULL::BIGINT AS "row", t.start_at, t.end_at
       FROM standing t
       UNION ALL SELECT {keys}, t.end_at, true, 0, 0, false, NULL, NULL, NULL, NULL, NULL
         FROM standing t ANTI JOIN standing k ON {same_keys} AND t.end_at = k.start_at WHERE t.end_at IS NOT NULL
       UNION ALL SELECT {slice_keys}, g.place, true, 0, 0, false, NULL, NULL, NULL, NULL, NULL FROM touched s JOIN ({tombstones}) g ON g.key = {keys_text}{kept_aside}
       UNION ALL SELECT {slice_keys}, s.place, s."delete", CASE WHEN s."delete" THEN 0 ELSE s.content_hash END, {slice_tracked}, true, NULL, NULL, s."row", NULL, NULL
         FROM lakeflow_slice s),
     ranked AS (
       SELECT s.*, row_number() OVER (PARTITION BY {slice_keys}, s.place ORDER BY is_delete DESC, content_hash DESC, comes) AS rank,
         max(CASE WHEN NOT comes AND NOT is_delete THEN content_hash END) OVER (PARTITION BY {slice_keys}, s.place) AS there_hash,
         bool_or(NOT comes AND is_delete) OVER (PARTITION BY {slice_keys}, s.place) AS there_deleted
       FROM events s),
     kept AS (
       SELECT s.*, lead(place) OVER w AS next_place, lag(is_delete) OVER w AS after_delete, lag(tracked_hash) OVER w AS after_hash
       FROM ranked s WHERE rank = 1 WINDOW w AS (PARTITION BY {slice_keys} ORDER BY place)),{versions},
     judged AS (
       SELECT comes, is_delete, content_hash, there_hash, there_deleted, target_row, aside_row, "row", start_at, end_at, true AS stands, after_delete,
         version_start, version_end, is_last
       FROM versions
       UNION ALL SELECT comes, is_delete, content_hash, there_hash, there_deleted, target_row, aside_row, "row", start_at, end_at, false, NULL, NULL, NULL, NULL
       FROM ranked WHERE rank > 1)
SELECT target_row, aside_row, "row", start_at, end_at, stands, version_start, version_end, is_last,
  comes AND is_delete AND NOT there_deleted AS buries,
  CASE WHEN NOT comes THEN NULL
       WHEN is_delete AND there_deleted THEN 'gone'
       WHEN NOT is_delete AND NOT there_deleted AND there_hash = content_hash THEN 'unchanged'
       WHEN NOT stands THEN 'superseded'
       WHEN NOT is_delete THEN CASE WHEN there_hash IS NULL THEN 'inserted' ELSE 'updated' END
       WHEN there_hash IS NOT NULL THEN 'deleted'
       WHEN NOT after_delete THEN 'ended'
       ELSE 'gone' END AS outcome
FROM judged)sql",
      fmt::arg("slice_keys", sql.keys("s")), fmt::arg("target_keys", sql.target_keys()), fmt::arg("place_of_target", sql.place_of_target()),
      fmt::arg("start", quote_identifier(kStartAtColumn)), fmt::arg("end", quote_identifier(kEndAtColumn)),
      fmt::arg("hash", quote_identifier(kContentHashColumn)), fmt::arg("tracked", tracked), fmt::arg("table", writer.table()),
      fmt::arg("may_be_in_table", may_be_in_table), fmt::arg("same_keys", sql.keys_equal("t", "k")), fmt::arg("keys", sql.keys("t")),
      fmt::arg("tombstones", tombstones.select(sql)), fmt::arg("keys_text", sql.keys_text("s")), fmt::arg("kept_aside", kept_aside),
      fmt::arg("slice_tracked", merges ? "s.tracked_hash" : "0"), fmt::arg("versions", versions));
}

// Of the columns that a slice brings, quoted: `"id", "name"`; with an alias `a."id", a."name"`.
std::string columns_of(const arrow::RecordBatch& rows, std::string_view alias = "") {
  std::string columns;
  for (const auto& field : rows.schema()->fields()) {
    columns += fmt::format("{}{}{}", columns.empty() ? "" : ", ", alias, quote_identifier(field->name()));
  }
  return columns;
}

}  // namespace

HistoryApplier::HistoryApplier(TableWriter writer)
    : writer_(std::move(writer)),
      tombstones_(writer_),
      merges_(writer_.plan().merges_versions),
      aside_(merged_versions_table(writer_.plan().target)) {}

Result<ApplyCounts> HistoryApplier::apply(const ChangeSlice& slice) {
  ApplyCounts counts;
  const auto rows = static_cast<std::uint64_t>(slice.rows->num_rows());
  if (rows == 0) return counts;
  Connection& connection = writer_.connection();
  LAKEFLOW_ASSIGN(const SliceSql sql, SliceSql::make(writer_.plan(), slice));
  LAKEFLOW_ASSIGN(const bool has_tombstones, tombstones_.any());
  LAKEFLOW_ASSIGN(const ScannableBatch keys, writer_.scanner().offer_numbered(slice.keys));
  LAKEFLOW_ASSIGN(const TableKeys::Facts facts, writer_.keys().meet(connection, writer_.doing(), sql, writer_.table(), keys));
  if (!facts.may_be_in_table && !facts.repeats && !facts.has_deletes && !has_tombstones) {
    kill_point("apply.staged");
    LAKEFLOW_TRY(writer_.insert(slice.rows, std::nullopt, sql.place_of_target()));
    counts.inserted = rows;
  } else {
    PlacedSlice placed{.from = keys.sql(), .pointless = 0};
    if (facts.has_timeless_deletes) {
      LAKEFLOW_ASSIGN(placed, place_timeless_deletes(writer_, sql, tombstones_, keys.sql()));
    }
    LAKEFLOW_TRY(connection.execute(writer_.doing(), stage_sql(sql, placed.from, facts.repeats)));
    kill_point("apply.staged");
    LAKEFLOW_TRY(connection.execute(writer_.doing(), events_sql(sql, writer_, tombstones_, facts.may_be_in_table, merges_, aside_)));
    LAKEFLOW_ASSIGN(counts, count(rows - placed.pointless));
    LAKEFLOW_TRY(write(slice, counts));
    LAKEFLOW_TRY(tombstones_.add(sql, R"(lakeflow_slice s JOIN lakeflow_events e ON s."row" = e."row" WHERE e.buries)"));
    counts.unchanged += placed.pointless;
    counts.already_gone += placed.pointless;
  }
  kill_point("apply.applied");
  return counts;
}

Result<ApplyCounts> HistoryApplier::count(std::uint64_t rows) {
  ApplyCounts counts;
  LAKEFLOW_ASSIGN(
      ResultRows outcomes,
      writer_.connection().query(writer_.doing(), "SELECT outcome, count(*) FROM lakeflow_events WHERE outcome IS NOT NULL GROUP BY outcome"));
  while (outcomes.next_chunk()) {
    for (std::size_t i = 0; i < outcomes.chunk_rows(); ++i) {
      const std::string_view outcome = outcomes.bytes(0, i);
      const auto number = static_cast<std::uint64_t>(outcomes.integer(1, i));
      if (outcome == "inserted") counts.inserted += number;
      if (outcome == "updated") counts.updated += number;
      if (outcome == "unchanged" || outcome == "gone") counts.unchanged += number;
      if (outcome == "gone") counts.already_gone += number;
      if (outcome == "superseded") counts.superseded += number;
      if (outcome == "deleted" || outcome == "ended") counts.deleted += number;
      if (outcome == "ended") counts.ended += number;
    }
  }
  counts.superseded += rows - counts.rows();  // those that lost to another of the slice
  return counts;
}

Status HistoryApplier::write(const ChangeSlice& slice, ApplyCounts& counts) {
  Connection& connection = writer_.connection();
  const std::string& doing = writer_.doing();
  const std::string& table = writer_.table();
  const std::string start = quote_identifier(kStartAtColumn);
  const std::string end = quote_identifier(kEndAtColumn);
  const std::string columns = columns_of(*slice.rows);
  const Parameter now[] = {Timestamp{now_micros()}};
  std::uint64_t put_aside = 0;
  std::uint64_t brought_back = 0;

  if (merges_) {
    LAKEFLOW_ASSIGN(put_aside, connection.change(doing,
                                                 fmt::format("INSERT INTO {} ({}, {}) SELECT {}, $1 FROM {} t JOIN lakeflow_events e ON t.rowid = "
                                                             "e.target_row WHERE e.stands AND NOT e.is_last",
                                                             aside_, columns, kKeptSinceColumn, columns_of(*slice.rows, "t."), table),
                                                 now));
    LAKEFLOW_TRY(connection.execute(doing, fmt::format("INSERT INTO {0} ({1}, {2}, {3}) SELECT {4}, e.version_start, e.version_end FROM {5} a JOIN "
                                                       "lakeflow_events e ON a.rowid = e.aside_row WHERE e.stands AND e.is_last",
                                                       table, columns, start, end, columns_of(*slice.rows, "a."), aside_)));
    LAKEFLOW_ASSIGN(brought_back,
                    writer_.delete_rows_of(merged_versions_name(writer_.plan().target),
                                           "SELECT aside_row FROM lakeflow_events WHERE aside_row IS NOT NULL AND (NOT stands OR is_last)"));
  }
  const std::string set_start = merges_ ? fmt::format("{} = e.version_start, ", start) : "";
  LAKEFLOW_TRY(writer_.update_rows(
      fmt::format("{1}{2} = e.version_end FROM (SELECT * FROM lakeflow_events WHERE target_row IS NOT NULL AND stands AND is_last "
                  "AND (end_at IS DISTINCT FROM version_end OR start_at IS DISTINCT FROM version_start)) e WHERE {0}.rowid = e.target_row",
                  table, set_start, end)));
  LAKEFLOW_TRY(writer_.delete_rows("SELECT target_row FROM lakeflow_events WHERE target_row IS NOT NULL AND (NOT stands OR NOT is_last)"));

  const std::uint64_t winners = counts.inserted + counts.updated;
  if (winners == 0) {
    counts.merged = static_cast<std::int64_t>(put_aside) - static_cast<std::int64_t>(brought_back);
    return {};
  }
  // Named by their places: one of the source's columns may have the name of the last.
  std::string aliases;
  std::string values;
  for (int i = 0; i < slice.rows->num_columns(); ++i) {
    aliases += fmt::format("c{}, ", i);
    values += fmt::format("r.c{}, ", i);
  }
  LAKEFLOW_ASSIGN(const ScannableBatch source, writer_.scanner().offer_numbered(slice.rows));
  const std::string winning = fmt::format(
      "FROM {} r({}row_number) JOIN (SELECT * FROM lakeflow_events WHERE outcome IN ('inserted', 'updated')) e ON "
      "r.row_number = e.\"row\"",
      source.sql(), aliases);
  LAKEFLOW_TRY(connection.execute(doing, fmt::format("INSERT INTO {} ({}, {}, {}) SELECT {}e.version_start, e.version_end {} WHERE e.is_last", table,
                                                     columns, start, end, values, winning)));
  if (merges_) {
    LAKEFLOW_ASSIGN(const std::uint64_t added, connection.change(doing,
                                                                 fmt::format("INSERT INTO {} ({}, {}) SELECT {}$1 {} WHERE NOT e.is_last", aside_,
                                                                             columns, kKeptSinceColumn, values, winning),
                                                                 now));
    put_aside += added;
  }
  counts.merged = static_cast<std::int64_t>(put_aside) - static_cast<std::int64_t>(brought_back);
  return {};
}

Result<ApplyCounts> HistoryApplier::finish_snapshot(bool) {
  return std::unexpected(Error::internal("a table that takes changes has no snapshot to finish"));
}

}  // namespace lakeflow
