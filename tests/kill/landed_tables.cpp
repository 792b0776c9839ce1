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

namespace lakeflow::test {

LandedTables::LandedTables(std::filesystem::path folder, std::vector<std::string> but_columns)
    : folder_(std::move(folder)), but_columns_(std::move(but_columns)) {
  but_columns_.insert(but_columns_.end(), {"_ingestion_timestamp", "_run_id"});
  const bool is_lake = std::filesystem::exists(folder_ / "lake");
  auto destination = is_lake ? open_parquet({.path = (folder_ / "lake").string(), .read_only = true})
                             : open_duckdb({.path = (folder_ / "clinic.duckdb").string(), .memory_limit = 0, .read_only = false});
  if (!destination) {
    ADD_FAILURE() << destination.error().message();
    std::abort();
  }
  destination_ = *std::move(destination);
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
  return query(fmt::format("SELECT to_json(r)::VARCHAR AS line FROM (SELECT * EXCLUDE ({}) FROM main.{} WHERE {}) r ORDER BY line",
                           fmt::join(but_columns_, ", "), table, condition));
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

std::uint64_t LandedTables::counted_rows(const std::string& table) const {
  const std::vector<std::string> count = query(
      fmt::format("SELECT sum(inserted - deleted - absent)::BIGINT::VARCHAR FROM _lakeflow.commits WHERE destination_table = 'main.{}'", table));
  return count.empty() ? 0 : std::strtoull(count.front().c_str(), nullptr, 10);
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
  std::ifstream file(folder_ / "clinic.dead_letters.ndjson");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line);) {
    ++lines;
  }
  return lines;
}

}  // namespace lakeflow::test
