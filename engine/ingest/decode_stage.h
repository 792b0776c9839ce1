#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/ingest/decode_batch.h"
#include "engine/ingest/stage_items.h"

namespace lakeflow {

// The second stage: threads that decode and prepare batches side by side, in and out of queues that keep the order. They
// end when one of the queues is cancelled.
class DecodeStage {
 public:
  // Makes a decoder per thread. The plan's pass outlives the stage.
  static Result<std::unique_ptr<DecodeStage>> start(LakeflowConnect& connector, DecodePlan plan, std::size_t threads, std::shared_ptr<FetchQueue> in,
                                                    std::shared_ptr<DecodedQueue> out);
  ~DecodeStage();  // cancels both queues and waits for the threads
  DecodeStage(const DecodeStage&) = delete;
  DecodeStage& operator=(const DecodeStage&) = delete;

 private:
  DecodeStage(DecodePlan plan, std::shared_ptr<FetchQueue> in, std::shared_ptr<DecodedQueue> out);
  void work(Decoder& decoder) const;

  const DecodePlan plan_;
  const std::shared_ptr<FetchQueue> in_;
  const std::shared_ptr<DecodedQueue> out_;
  std::vector<std::unique_ptr<Decoder>> decoders_;
  std::vector<std::jthread> threads_;
};

}  // namespace lakeflow
