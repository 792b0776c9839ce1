#pragma once

#include <memory>

#include "sources/interface/decoder.h"
#include "testing/connector/test/planted_connector.h"

namespace lakeflow {

// A decoder with a mistake of those that are made about bad records; null where the mistake is none of them.
Result<std::unique_ptr<Decoder>> planted_decoder(Mistake mistake, std::shared_ptr<arrow::Schema> schema);

}  // namespace lakeflow
