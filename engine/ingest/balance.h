#pragma once

#include <cstdint>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// Nothing disappears uncounted: what must hold at every commit. A violation is an internal error, and nothing is committed.

// Records read = decoded + quarantined + filtered.
Status check_balance(const PassCommit& pass);

// Rows decoded = inserted + updated + unchanged + superseded + deleted + rejected, and the destination's own count of
// its rows moved by just what was inserted and taken away.
Status check_balance(const TableCommit& table, std::uint64_t rows_before, std::uint64_t rows_after);

}  // namespace lakeflow
