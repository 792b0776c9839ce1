#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sources/interface/decoder.h"

namespace lakeflow {

// Decodes the log of a group: each record goes to the table that it names as its kind, to all of them, or to none.
// `lossy`: forgets every hundredth record, as no decoder may.
Result<std::unique_ptr<Decoder>> make_memory_decoder(std::vector<std::string> tables, std::shared_ptr<arrow::Schema> schema, bool lossy);

}  // namespace lakeflow
