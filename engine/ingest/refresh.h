#pragma once

#include <string_view>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/ingest/pass.h"

namespace lakeflow {

// A full refresh builds a table anew beside the old one, which stands, and is what others see, until the new one is whole; then the new one
// takes its place in one transaction. It may take several runs: what is built has offsets of its own, kept under the built table's name, and
// an entry of the old table's state says that a refresh is under way, so that the next run goes on with it. A snapshot needs none of
// this: it is read in one transaction.

// The entry of a table's state while a refresh is under way: the run that began it.
inline constexpr std::string_view kRefreshState = "refresh";

// Where bronze.Patient is built: bronze.Patient__refresh.
TableName built_table(TableName table);
StateOwner built_owner(StateOwner owner);

// Empties what is to be built (of an earlier refresh, too) and says that a refresh is under way. The table's rows stay.
Status begin_refresh(Transaction& transaction, const PlannedTable& table, std::string_view run_id);

// What was built takes the table's place.
Status finish_refresh(Transaction& transaction, const PlannedTable& table);

}  // namespace lakeflow
