#pragma once

#include <expected>
#include <span>
#include <string>

#include "base/error.h"
#include "engine/ingest/pass.h"
#include "engine/ingest/stage_items.h"
#include "sources/interface/decoder.h"

namespace lakeflow {

// A decoder for the tables of a pass: the connector's own or the framework's of JSON.
Result<std::unique_ptr<Decoder>> make_pass_decoder(LakeflowConnect& connector, const std::string& connector_name,
                                                   std::span<const TableRequest> tables, const std::shared_ptr<arrow::Schema>& first_schema);

// What the stages need to know of a pass to decode for it.
struct DecodePlan {
  const Pass* pass = nullptr;
  std::string connector_name;  // for messages
  RunStamp stamp;
};

// Decodes and prepares one batch, and checks that each of its records was decoded, rejected or filtered, exactly one of the three.
std::expected<DecodedBatch, DecodeFailure> decode_batch(Decoder& decoder, const DecodePlan& plan, const RawRecords& raw);

}  // namespace lakeflow
