#pragma once

#include "base/error.h"
#include "destinations/interface/erasure.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// Transaction::erase, within the open transaction.
Result<ErasureCounts> erase_rows(Connection& connection, const Erasure& erasure);

Status insert_erasure(Connection& connection, const ErasureRecord& record);

}  // namespace lakeflow
