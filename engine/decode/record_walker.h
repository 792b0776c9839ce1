#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer_pool.h"
#include "engine/decode/column.h"
#include "engine/decode/rescued_values.h"

namespace lakeflow {

// What the walk through one record leaves beside the columns.
struct WalkOutcome {
  const char* reason = nullptr;  // the code of the reject; none where the record was decoded
  std::size_t byte = 0;          // of the record, where the walk ended
  bool not_ascii = false;        // there are bytes whose UTF-8 is yet to be checked
  RescuedValues rescued;
  std::string unescaped;               // scratch
  const std::uint8_t* copy = nullptr;  // where the record will be copied to afterwards; none where it will not
};

// One pass over the bytes of one JSON object into the columns below `root`, at the row `row`. The bytes are followed by
// kPadding readable ones. False where the record is a reject: what was written of it must be truncated.
// Memory is used again between calls: give the same outcome every time.
bool walk_record(BufferPool& pool, Column& root, std::uint32_t row, std::string_view record, WalkOutcome& outcome);

}  // namespace lakeflow
