#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/interface/apply_plan.h"
#include "testing/destination/slice_text.h"

namespace lakeflow::testing {

// A folder of its own for each test, removed after it.
class DuckDbTest : public ::testing::Test {
 protected:
  DuckDbTest();
  ~DuckDbTest() override;

  // Every table a view over the columns that hold something, where the tests are built so (CMakeLists.txt).
#ifdef LAKEFLOW_TABLES_ARE_VIEWS
  static constexpr std::size_t kWidest = 0;
#else
  static constexpr std::size_t kWidest = kWidestPlainTable;
#endif

  std::string path() const { return (folder_ / "lake.duckdb").string(); }
  // Opens the file; fails the test where that fails.
  std::unique_ptr<Destination> open(bool read_only = false, std::size_t widest_plain_table = kWidest) const;
  // The error of opening it, as "kind: message / next step"; empty where it opens.
  std::string opening_error(bool read_only = false) const;

  std::filesystem::path folder_;
};

}  // namespace lakeflow::testing
