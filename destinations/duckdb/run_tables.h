#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// What a run leaves behind beside its rows: _lakeflow.passes, commits, runs, failures, and what people did by hand. Within the open
// transaction.
Status insert_commit(Connection& connection, std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables);
Status replace_run(Connection& connection, const RunLine& run);
Status insert_failures(Connection& connection, std::string_view run_id, std::span<const TableFailure> failures);
Status insert_state_change(Connection& connection, const StateChange& change);

}  // namespace lakeflow
