#include "destinations/duckdb/test/duckdb_fixture.h"

#include <stdlib.h>

namespace lakeflow::testing {

DuckDbTest::DuckDbTest() {
  std::string name = (std::filesystem::temp_directory_path() / "lakeflow-duckdb-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  folder_ = name;
}

DuckDbTest::~DuckDbTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<Destination> DuckDbTest::open(bool read_only, std::size_t widest_plain_table) const {
  Result<std::unique_ptr<Destination>> destination =
      open_duckdb({.path = path(), .memory_limit = 0, .read_only = read_only, .widest_plain_table = widest_plain_table});
  if (!destination) {
    ADD_FAILURE() << text_of(destination.error());
    return nullptr;
  }
  return *std::move(destination);
}

std::string DuckDbTest::opening_error(bool read_only) const {
  const Result<std::unique_ptr<Destination>> destination = open_duckdb({.path = path(), .memory_limit = 0, .read_only = read_only});
  return destination ? "" : text_of(destination.error());
}

}  // namespace lakeflow::testing
