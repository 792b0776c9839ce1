#include "engine/ingest/decode_stage.h"

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <utility>

#include "base/kill_point.h"

namespace lakeflow {
namespace {

std::size_t held_bytes(const DecodedItem& item) {
  const auto* batch = std::get_if<DecodedBatch>(&item);
  if (batch == nullptr) {
    return 0;
  }
  std::size_t bytes = 0;
  for (const TableBatch& table : batch->tables) {
    bytes += static_cast<std::size_t>(arrow::util::TotalBufferSize(*table.slice.rows));
  }
  for (const QuarantinedRecord& record : batch->quarantined) {
    bytes += sizeof(QuarantinedRecord) + record.bytes.size();
  }
  return bytes;
}

}  // namespace

Result<std::unique_ptr<DecodeStage>> DecodeStage::start(LakeflowConnect& connector, DecodePlan plan, std::size_t threads,
                                                        std::shared_ptr<FetchQueue> in, std::shared_ptr<DecodedQueue> out) {
  std::vector<TableRequest> requests;
  for (const PlannedTable& table : plan.pass->tables) {
    requests.push_back(table.request);
  }
  std::unique_ptr<DecodeStage> stage(new DecodeStage(std::move(plan), std::move(in), std::move(out)));
  for (std::size_t i = 0; i < threads; ++i) {
    LAKEFLOW_ASSIGN(std::unique_ptr<Decoder> decoder,
                    make_pass_decoder(connector, stage->plan_.connector_name, requests, stage->plan_.pass->tables.front().source_schema));
    stage->decoders_.push_back(std::move(decoder));
  }
  for (const std::unique_ptr<Decoder>& decoder : stage->decoders_) {
    stage->threads_.emplace_back([stage = stage.get(), decoder = decoder.get()] { stage->work(*decoder); });
  }
  return stage;
}

DecodeStage::DecodeStage(DecodePlan plan, std::shared_ptr<FetchQueue> in, std::shared_ptr<DecodedQueue> out)
    : plan_(std::move(plan)), in_(std::move(in)), out_(std::move(out)) {}

DecodeStage::~DecodeStage() {
  in_->cancel();
  out_->cancel();
}

void DecodeStage::work(Decoder& decoder) const {
  while (std::optional<FetchQueue::Popped> popped = in_->pop()) {
    DecodedItem item;
    if (auto* raw = std::get_if<RawRecords>(&popped->item); raw != nullptr) {
      kill_point("decode.batch");
      auto batch = decode_batch(decoder, plan_, *raw);
      kill_point("decode.prepared");
      item = batch ? DecodedItem(std::move(*batch)) : DecodedItem(std::move(batch).error());
      popped->item = ReadEnd{};  // lets go of the raw bytes before it waits for room
    } else if (auto* barrier = std::get_if<Barrier>(&popped->item); barrier != nullptr) {
      item = std::move(*barrier);
    } else {
      item = std::get<ReadEnd>(std::move(popped->item));
    }
    const std::size_t bytes = held_bytes(item);
    if (!out_->push(popped->ticket, std::move(item), bytes)) {
      return;
    }
  }
}

}  // namespace lakeflow
