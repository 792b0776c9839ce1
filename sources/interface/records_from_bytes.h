#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {

// An optional ability of a connector: what stood in quarantine may have been no record, or several (two messages that ran together), and may
// be mended by now. Without it the bytes are one record.
class RecordsFromBytes {
 public:
  virtual ~RecordsFromBytes() = default;
  // Divides bytes that were read for these tables (of one pass) as their reader would, and appends what they are to `into`: records, broken ones,
  // counts of filtered ones. `reason` is why they were rejected: what only the stream around them could tell (a torn record) holds still. It is
  // empty where a person mended the bytes. The views are views of `bytes`, which are kept and padded by the caller; `origin` is an index
  // into into.origins, `position` the place of the first byte. No network.
  virtual Status divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin,
                        std::uint64_t position, RawRecords& into) = 0;
};

}  // namespace lakeflow
