#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "engine/ingest/committed_state.h"
#include "engine/ingest/stage_items.h"
#include "engine/ingest/table_standing_keys.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// One read of a pass: what the fetch stage opens, and how it cuts it into chunks.
struct ReadPlan {
  LakeflowConnect* connector = nullptr;
  std::string connector_name;  // for messages
  std::vector<TableRequest> tables;
  bool shared = false;   // read_tables, else read_table of the first
  bool deletes = false;  // read_table_deletes
  bool whole = false;    // a snapshot: no barrier before its end
  Offset from;

  // A chunk ends at the first of these that is reached, at the reader's next offset.
  std::uint64_t chunk_records = 0;
  std::uint64_t chunk_bytes = 0;
  std::chrono::duration<double> chunk_time{0};
  std::chrono::milliseconds finish_patience{0};  // IngestRequest

  Destination* destination = nullptr;  // for the look-up of keyed state
  StateOwner owner;
  std::vector<StateOwner> table_owners;  // of each table
  bool state_is_empty = false;
  std::optional<StandingKeysQuery> standing_keys;
  Logger* log = nullptr;
};

// The first stage: a thread of its own that opens the reader, calls it until its end and hands on what it gives: batches,
// a barrier wherever a chunk is full and the reader has an offset, and the end.
//
// A reader may hang: a call that never returns can't be ended from outside. So the thread owns all that it touches but the
// connector, and can be left behind.
class FetchStage {
 public:
  FetchStage(ReadPlan plan, std::shared_ptr<FetchQueue> out);
  ~FetchStage();  // finish() was called, or is with no patience
  FetchStage(const FetchStage&) = delete;
  FetchStage& operator=(const FetchStage&) = delete;

  // Asks the reader for an end, and the stage to send the last barrier that it can. May be called from any thread.
  void request_stop();

  // True when a stop was asked for so long ago.
  bool stopped_for(std::chrono::milliseconds patience) const;

  // True when a stop was asked for, and a call of the reader has since taken longer than this.
  bool hangs(std::chrono::milliseconds patience) const;

  // Waits for the thread, whose queue has been read to its end or cancelled; a call of the reader that takes longer than
  // this is left alone: false, and the connector must live until the process ends.
  bool finish(std::chrono::milliseconds patience);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace lakeflow
