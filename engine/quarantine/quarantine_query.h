#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/pipeline/pipeline.h"

namespace lakeflow {

inline constexpr std::string_view kOpenState = "open";

// Which of a pipeline's quarantined records are meant; what is empty means any.
struct QuarantineFilter {
  std::string source_table;  // rejected by it, or by a pass that reads it
  std::string reason;
  std::vector<std::string> ids;  // beginnings of ids
  std::string state = std::string(kOpenState);
  std::optional<TimestampMicros> last_seen_before;
  std::uint64_t most = 0;  // 0: all
};

// How many characters of an id are shown: enough to tell millions apart. Any beginning of an id names it.
inline constexpr std::size_t kShownIdCharacters = 12;

// What a destination's quarantine can be asked: files that were not written since version 2 of `_lakeflow` know no states.
Result<bool> quarantine_has_states(Destination& destination);

// A SELECT of those records with the columns id, run_id, quarantined_at, source_table, destination_table, landing_tables, reason, detail, origin,
// position, size, is_delete, times_seen, last_seen_at, state and bytes, in no order.
std::string quarantine_records_sql(const Pipeline& pipeline, const QuarantineFilter& filter, bool has_states);

}  // namespace lakeflow
