#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/interface/destination.h"
#include "engine/ingest/byte_queue.h"
#include "sources/interface/offset.h"
#include "sources/interface/raw_records.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// What flows from stage to stage, in order: batches, now and then a barrier, and at last the end of the read.

// Everything before it may be committed together with its offset.
struct Barrier {
  std::optional<Offset> offset;  // nothing for a snapshot, which has only its end
  StateDelta state_delta;
  std::optional<End> end;  // of the barrier that ends the read
};

// Nothing follows.
struct ReadEnd {
  std::optional<End> end;      // the reader came to its end, or
  std::optional<Error> error;  // it failed, or neither: a stop was obeyed
};

using FetchItem = std::variant<RawRecords, Barrier, ReadEnd>;
using FetchQueue = ByteQueue<FetchItem>;

// What a pass's records came to, of one batch, one chunk or the whole pass.
struct RecordCounts {
  std::uint64_t bytes_read = 0;
  std::uint64_t read = 0;
  std::uint64_t decoded = 0;
  std::uint64_t quarantined = 0;
  std::map<std::string, std::uint64_t> filtered;      // by reason
  std::map<std::string, std::uint64_t> rejects;       // quarantined records and rejected rows, by reason
  std::map<std::string, std::uint64_t> remarks = {};  // DecodedRecords::remarks

  RecordCounts& operator+=(const RecordCounts& other);
};

// One table's part of a batch.
struct TableBatch {
  ChangeSlice slice;
  std::uint64_t rows_decoded = 0;
  std::uint64_t rejected = 0;
  std::uint64_t rescued = 0;
  std::uint64_t standing = 0;  // of the decoded, rows that stand in the table already and were left out here: only of a replay
};

// Decoded and prepared records. Holds nothing of the raw buffer but the bytes of what was rejected.
struct DecodedBatch {
  std::vector<TableBatch> tables;  // in the pass's order
  std::vector<QuarantinedRecord> quarantined;
  RecordCounts counts;
};

// Why a batch could not be decoded at all: our fault or the connector's.
struct DecodeFailure {
  Error error;
  std::optional<std::size_t> table;  // index in the pass, where one table alone is concerned
};

using DecodedItem = std::variant<DecodedBatch, DecodeFailure, Barrier, ReadEnd>;
using DecodedQueue = ByteQueue<DecodedItem>;

}  // namespace lakeflow
