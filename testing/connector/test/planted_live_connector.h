#pragma once

#include "sources/interface/registry.h"

namespace lakeflow {

enum class LiveMistake {
  kNone,
  kOffsetAheadOfRows,  // the offset is that of the page which is asked for next
  kLosesSmallBatches,  // what does not fit a small batch is left out
  kTakesAPageForAll,   // and goes on behind it with the next reading
};

// The connector `live`, with the tables `changes` (cdc_with_deletes), `events` (append) and `codes` (snapshot), and the option `page_size`. With each
// second request a record of its source is made, changed or removed: always one of the newer half.
ConnectorEntry planted_live_connector(LiveMistake mistake);

}  // namespace lakeflow
