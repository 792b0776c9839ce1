#include "tests/destination/subjects.h"

namespace lakeflow::testing {

INSTANTIATE_TEST_SUITE_P(DuckDb, DestinationFaults, ::testing::Values(duckdb_subject()));
INSTANTIATE_TEST_SUITE_P(Parquet, DestinationFaults, ::testing::Values(parquet_subject()));

}  // namespace lakeflow::testing
