#pragma once

#include "testing/destination/destination_suite.h"

namespace lakeflow::testing {

DestinationSubject duckdb_subject();
DestinationSubject parquet_subject();
DestinationSubject memory_subject();

}  // namespace lakeflow::testing
