#pragma once

#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

namespace lakeflow {

struct PlainRow {
  std::string row;      // as row_text() writes it
  std::string rescued;  // empty where all fitted
  std::string reject;   // the code; then there is no row
};

// The rules of json_decoder.h once more, written to be read: a tree, and strings made of it. Shares no code with the decoder
// but parse_utc of base/clock.h.
PlainRow decode_plainly(const arrow::Schema& schema, std::string_view record);

}  // namespace lakeflow
