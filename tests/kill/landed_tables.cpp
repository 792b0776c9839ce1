#include "tests/kill/landed_tables.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/parquet/parquet_destination.h"
#include "engine/ingest/dead_letters.h"

namespace lakeflow::test {

LandedTables::LandedTables(std::filesystem::path folder, std::vector<std::string> but_columns, std::unique_ptr<Destination> destination)
    : folder_(std::move(folder)), but_columns_(std::move(but_columns)), destination_(std::move(destination)) {
  but_columns_.insert(but_columns_.end(), {"_ingestion_timestamp", "_run_id"});
}

Result<LandedTables> LandedTables::open(std::filesystem::path folder, std::vector<std::string> but_columns) {
  const bool is_lake = std::filesystem::exists(folder / "lake");
  auto destination = is_lake ? open_parquet({.path = (folder / "lake").string(), .read_only = true})
                             : open_duckdb({.path = (folder / "clinic.duckdb").string(), .memory_limit = 0, .read_only = false});
  if (!destination) return std::unexpected(destination.error());
  return LandedTables(std::move(folder), std::move(but_columns), *std::move(destination));
}

// The query gives one column of text.
std::vector<std::string> LandedTables::query(const std::string& sql) const {
  std::vector<std::string> lines;
  auto reader = destination_->query(sql);
  if (!reader) {
    ADD_FAILURE() << reader.error().message() << "\n" << sql;
    return lines;
  }
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status read = (*reader)->ReadNext(&batch);
    EXPECT_TRUE(read.ok()) << read.ToString();
    if (!read.ok() || batch == nullptr) {
      return lines;
    }
    const auto& texts = dynamic_cast<const arrow::StringArray&>(*batch->column(0));
    for (std::int64_t row = 0; row < texts.length(); ++row) {
      lines.emplace_back(texts.GetView(row));
    }
  }
}

std::vector<std::string> LandedTables::rows(const std::string& table, const std::string& condition) const {
  if (number(fmt::format("SELECT count(*)::VARCHAR FROM information_schema.tables WHERE table_schema = 'main' AND table_name = '{}'", table)) == 0)
    return {};
  // Of a wide row the beginning tells which one it is; all of it is in the sum.
  std::vector<std::string> lines =
      query(fmt::format("SELECT CASE WHEN length(line) < 1000 THEN line ELSE left(line, 300) || ' … ' || md5(line) END FROM "
                        "(SELECT to_json(r)::VARCHAR AS line FROM (SELECT * EXCLUDE ({}) FROM main.{} WHERE {}) r)",
                        fmt::join(but_columns_, ", "), table, condition));
  std::ranges::sort(lines);
  return lines;
}

std::string LandedTables::first_difference(const LandedTables& other, const std::string& table) const {
  const std::vector<std::string> mine = rows(table);
  const std::vector<std::string> its = other.rows(table);
  const auto [here, there] = std::ranges::mismatch(mine, its);
  if (here == mine.end() && there == its.end()) {
    return {};
  }
  return fmt::format("{} and {} rows; {} / {}", mine.size(), its.size(), here == mine.end() ? "none" : *here, there == its.end() ? "none" : *there);
}

std::uint64_t LandedTables::number(const std::string& sql) const {
  const std::vector<std::string> found = query(sql);
  return found.empty() ? 0 : std::strtoull(found.front().c_str(), nullptr, 10);
}

std::uint64_t LandedTables::counted_rows(const std::string& table) const {
  return number(
      fmt::format("SELECT sum(inserted - deleted - absent)::BIGINT::VARCHAR FROM _lakeflow.commits WHERE destination_table = 'main.{}'", table));
}

std::uint64_t LandedTables::commits_of(const std::string& run_id) const {
  return number(fmt::format("SELECT count(*)::VARCHAR FROM _lakeflow.passes WHERE run_id = '{}'", run_id));
}

std::vector<std::string> LandedTables::state(const std::string& table) const {
  return query(fmt::format("SELECT name || '=' || decode(value) AS line FROM _lakeflow.state WHERE source_table = '{}' ORDER BY line", table));
}

std::vector<std::string> LandedTables::quarantine(const std::vector<std::string>& but_tables) const {
  std::string names = "''''";
  for (const std::string& table : but_tables) {
    names += fmt::format(", '{}'", table);
  }
  return query(
      fmt::format("SELECT concat_ws('|', reason, origin, position, source_table, decode(bytes)) AS line FROM _lakeflow.quarantine "
                  "WHERE coalesce(source_table, '') NOT IN ({}) ORDER BY line",
                  names));
}

std::size_t LandedTables::dead_letters() const {
  const std::filesystem::path folder = folder_ / "clinic.dead_letters";
  std::ifstream file(folder / DeadLetters::kIndex);
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    // A line without its file is none.
    const std::string record = dead_letter_file(line);
    lines += !record.empty() && std::filesystem::is_regular_file(folder / record) ? 1U : 0U;
  }
  return lines;
}

std::size_t LandedTables::dead_letter_files() const {
  std::error_code none;
  const std::filesystem::directory_iterator files(folder_ / "clinic.dead_letters" / DeadLetters::kRecords, none);
  return none ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace lakeflow::test
