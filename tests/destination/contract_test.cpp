#include "tests/destination/subjects.h"

namespace lakeflow::testing {

INSTANTIATE_TEST_SUITE_P(DuckDb, DestinationContract, ::testing::Values(duckdb_subject()));
INSTANTIATE_TEST_SUITE_P(Parquet, DestinationContract, ::testing::Values(parquet_subject()));
INSTANTIATE_TEST_SUITE_P(Memory, DestinationContract, ::testing::Values(memory_subject()));

}  // namespace lakeflow::testing
