#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "destinations/interface/destination.h"

namespace lakeflow::test {

// What stands in folder/clinic.duckdb or folder/lake and beside it, for comparing.
class LandedTables {
 public:
  // `but_columns`: are not compared, as _ingestion_timestamp and _run_id never are.
  static Result<LandedTables> open(std::filesystem::path folder, std::vector<std::string> but_columns);

  // Each row as JSON, sorted. A row that stands twice is there twice. `condition`: of those alone for which it holds. None of a table that is
  // not there.
  std::vector<std::string> rows(const std::string& table, const std::string& condition = "true") const;
  // Where the rows of a table differ first; empty where they are the same.
  std::string first_difference(const LandedTables& other, const std::string& table) const;
  // What the commits say was inserted, less what they say was taken away.
  std::uint64_t counted_rows(const std::string& table) const;
  // How many transactions of the run stand.
  std::uint64_t commits_of(const std::string& run_id) const;
  // Names and values.
  std::vector<std::string> state(const std::string& table) const;
  // The records, but for those of the given origins' tables.
  std::vector<std::string> quarantine(const std::vector<std::string>& but_tables) const;
  // Of the folder of dead letters.
  std::size_t dead_letters() const;       // lines with their files
  std::size_t dead_letter_files() const;  // also those without a line
  // The first column's texts.
  std::vector<std::string> query(const std::string& sql) const;

 private:
  LandedTables(std::filesystem::path folder, std::vector<std::string> but_columns, std::unique_ptr<Destination> destination);
  std::uint64_t number(const std::string& sql) const;

  std::filesystem::path folder_;
  std::vector<std::string> but_columns_;
  std::unique_ptr<Destination> destination_;
};

}  // namespace lakeflow::test
