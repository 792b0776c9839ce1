#include "engine/ingest/pass_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/kill_point.h"
#include "engine/ingest/apply_interrupter.h"
#include "engine/ingest/decode_stage.h"
#include "engine/ingest/refresh.h"
#include "engine/ingest/table_standing_keys.h"

namespace lakeflow {
namespace {

// What waits between the stages, at most.
constexpr std::size_t kFetchedBytes = 16U << 20U;
constexpr std::size_t kDecodedBytes = 64U << 20U;

constexpr std::chrono::milliseconds kLookAround{100};  // while nothing comes

std::size_t decode_threads(const PipelineSettings& settings) {
  if (settings.threads > 0) {
    return static_cast<std::size_t>(settings.threads);
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

PassRun::PassRun(RunState& run, Pass pass, PassReport& report) : run_(run), pass_(std::move(pass)), report_(report), meter_(run, pass_, report) {}

Outcome<PassEnd> PassRun::run() {
  while (!pass_.tables.empty()) {
    if (pass_.snapshot) {
      pass_.offset = Offset();
    }
    Outcome<ReadResult> result = read_all();
    chunk_.reset();
    upserts_end_.reset();
    if (!result) {
      Failure& failure = result.error();
      if (failure.reach.of == Reach::Of::kRun) {
        note_unfinished();
        return std::unexpected(std::move(failure));
      }
      if (failure.reach.of == Reach::Of::kTable) {
        fail_table(failure.reach.table, std::move(failure.error));
        continue;
      }
      while (!pass_.tables.empty()) {
        fail_table(pass_.tables.size() - 1, failure.error);
      }
      break;
    }
    if (*result == ReadResult::kEnded) {
      if (Outcome<void> finished = finish_refreshes(); !finished) {
        note_unfinished();
        return std::unexpected(std::move(finished).error());
      }
    }
    meter_.finished();
    if (*result == ReadResult::kStopped || *result == ReadResult::kAbandoned) {
      note_unfinished();
      return *result == ReadResult::kStopped ? PassEnd::kStopped : PassEnd::kAbandoned;
    }
    break;
  }
  return PassEnd::kFinished;
}

Outcome<PassRun::ReadResult> PassRun::read_all() {
  Outcome<ReadResult> records = read_until_end(/*deletes=*/false);
  if (!records || *records != ReadResult::kEnded || !pass_.reads_deletes) {
    return records;
  }
  return read_until_end(/*deletes=*/true);
}

// What was built aside is whole now.
Outcome<void> PassRun::finish_refreshes() {
  const auto replace = [&]() -> Status {
    LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, run_.request.destination->begin());
    for (const PlannedTable& table : pass_.tables) {
      if (table.refreshing) {
        LAKEFLOW_TRY(finish_refresh(*transaction, table));
      }
    }
    kill_point("commit.refresh");
    return transaction->commit();
  };
  if (run_.request.dry_run || std::ranges::none_of(pass_.tables, &PlannedTable::refreshing)) {
    return {};
  }
  return reaching(Reach::run(), replace());
}

// A reader may stop at a limit of its own: then the next one goes on.
Outcome<PassRun::ReadResult> PassRun::read_until_end(bool deletes) {
  while (true) {
    if (run_.request.stop.stop_requested()) {
      return ReadResult::kStopped;
    }
    const Offset from = position(deletes);
    Outcome<ReadResult> result = read_once(deletes);
    if (!result || *result != ReadResult::kLimit) {
      return result;
    }
    if (position(deletes) == from) {
      return std::unexpected(Failure{Error::internal(fmt::format("connector {} stopped the read of {} at a limit without getting on",
                                                                 run_.request.pipeline->connector, pass_.tables.front().owner.source_table)),
                                     Reach::pass()});
    }
  }
}

Outcome<PassRun::ReadResult> PassRun::read_once(bool deletes) {
  auto fetched = std::make_shared<FetchQueue>(kFetchedBytes);
  auto decoded = std::make_shared<DecodedQueue>(kDecodedBytes);
  Result<std::unique_ptr<DecodeStage>> decode =
      DecodeStage::start(*run_.request.connector, {.pass = &pass_, .connector_name = run_.request.pipeline->connector, .stamp = run_.stamp},
                         decode_threads(run_.request.pipeline->settings), fetched, decoded);
  if (!decode) {
    return std::unexpected(Failure{std::move(decode).error(), Reach::pass()});
  }
  FetchStage fetch(read_plan(deletes), fetched);
  Outcome<ReadResult> result = ReadResult::kAbandoned;
  {
    const std::stop_callback stop(run_.request.stop, [&fetch] { fetch.request_stop(); });
    const ApplyInterrupter interrupter(*run_.request.destination, run_.request.stop, run_.request.apply_patience);
    result = consume(*decoded, fetch, deletes);
    if (!result && result.error().error.kind() == ErrorKind::kInterrupted && run_.request.stop.stop_requested()) {
      result = ReadResult::kStopped;
    }
  }
  fetched->cancel();  // wakes a fetch stage that waits for room
  const bool hung = result && *result == ReadResult::kAbandoned;
  if (!fetch.finish(hung ? std::chrono::milliseconds(0) : run_.request.hang_patience)) {
    run_.report.reader_abandoned = true;
    if (!result) {
      result.error().reach = Reach::run();  // nothing more can be asked of this connector
    }
  }
  return result;
}

// The third stage: takes what was decoded, in order, and applies it.
Outcome<PassRun::ReadResult> PassRun::consume(DecodedQueue& decoded, FetchStage& fetch, bool deletes) {
  bool can_go_on = false;  // the last barrier had an offset
  while (true) {
    std::optional<DecodedQueue::Popped> popped = decoded.pop_for(kLookAround);
    meter_.tick(chunk_.get());
    if (fetch.stopped_for(run_.request.apply_patience)) {
      return ReadResult::kStopped;
    }
    if (!popped) {
      if (fetch.hangs(run_.request.hang_patience)) {
        return ReadResult::kAbandoned;
      }
      continue;
    }
    if (auto* batch = std::get_if<DecodedBatch>(&popped->item); batch != nullptr) {
      LAKEFLOW_TRY(chunk().add(std::move(*batch)));
    } else if (auto* failure = std::get_if<DecodeFailure>(&popped->item); failure != nullptr) {
      return std::unexpected(Failure{std::move(failure->error), failure->table ? Reach::one_table(*failure->table) : Reach::pass()});
    } else if (auto* barrier = std::get_if<Barrier>(&popped->item); barrier != nullptr) {
      can_go_on = barrier->offset.has_value();
      LAKEFLOW_TRY(obey(std::move(*barrier), deletes));
    } else {
      ReadEnd& end = std::get<ReadEnd>(popped->item);
      if (end.error) {
        return std::unexpected(Failure{*std::move(end.error), Reach::pass()});
      }
      if (!end.end) {
        return ReadResult::kStopped;
      }
      return *end.end == End::kLimit && can_go_on ? ReadResult::kLimit : ReadResult::kEnded;
    }
  }
}

// Commits what came before the barrier, if there is anything to commit. The last chunk of the upserts waits for the first deletes: a cycle that
// fits into a chunk is one transaction, so that who reads never sees a row of it that the same cycle deletes.
Outcome<void> PassRun::obey(Barrier barrier, bool deletes) {
  const bool goes_on = pass_.snapshot && barrier.end == End::kLimit && barrier.offset;
  if (goes_on) {  // a snapshot read in several parts is still one transaction
    position(deletes) = *barrier.offset;
    return {};
  }
  const bool moved = upserts_end_ || (barrier.offset && *barrier.offset != position(deletes));
  const bool deletes_follow = pass_.reads_deletes && !deletes && barrier.end && *barrier.end != End::kLimit;
  if (deletes_follow && barrier.state_delta.empty()) {
    if (moved) {
      upserts_end_ = std::move(barrier.offset);
    }
    return {};
  }
  if (chunk_ == nullptr && !moved && barrier.state_delta.empty() && progress_.tables_ready && !pass_.snapshot) {
    return {};
  }
  ChunkEnd end{.offset = deletes ? upserts_end_ : barrier.offset,
               .deletes_offset = deletes ? barrier.offset : std::nullopt,
               .state_delta = std::move(barrier.state_delta),
               .snapshot_complete = {}};
  if (pass_.snapshot) {
    end.snapshot_complete = barrier.end == End::kComplete;
    for (const PlannedTable& table : pass_.tables) {
      run_.report.tables[table.number].note =
          *end.snapshot_complete ? "" : "the source did not give the whole table: rows that did not come were kept";
    }
  }
  LAKEFLOW_TRY(chunk().commit(end));
  chunk_.reset();
  if (barrier.offset) {
    position(deletes) = *std::move(barrier.offset);
  }
  if (upserts_end_) {
    pass_.offset = *std::move(upserts_end_);
    upserts_end_.reset();
  }
  meter_.committed();
  return {};
}

ReadPlan PassRun::read_plan(bool deletes) const {
  const IngestRequest& request = run_.request;
  const PipelineSettings& settings = request.pipeline->settings;
  ReadPlan plan;
  plan.connector = request.connector;
  plan.connector_name = request.pipeline->connector;
  for (const PlannedTable& table : pass_.tables) {
    plan.tables.push_back(table.request);
  }
  plan.shared = pass_.shared;
  plan.deletes = deletes;
  plan.whole = pass_.snapshot;
  plan.from = deletes ? pass_.deletes_offset : pass_.offset;
  plan.chunk_records = static_cast<std::uint64_t>(settings.chunk_rows);
  plan.chunk_bytes = static_cast<std::uint64_t>(settings.chunk_bytes);
  plan.chunk_time = std::chrono::duration<double>(settings.chunk_seconds);
  plan.finish_patience = request.finish_patience;
  plan.destination = request.destination;
  plan.owner = pass_.tables.front().state_owner;
  for (const PlannedTable& table : pass_.tables) {
    plan.table_owners.push_back(table.state_owner);
  }
  plan.state_is_empty = pass_.tables.front().starts_empty && !progress_.tables_ready;
  if (pass_.tables.size() == 1) {
    plan.standing_keys = standing_keys_query(pass_.tables.front().plan.apply_plan(), pass_.tables.front().metadata);
  }
  plan.log = request.log;
  return plan;
}

Chunk& PassRun::chunk() {
  if (chunk_ == nullptr) {
    chunk_ = std::make_unique<Chunk>(run_, pass_, progress_, report_);
  }
  return *chunk_;
}

void PassRun::fail_table(std::size_t table, Error error) {
  const PlannedTable& failed = pass_.tables[table];
  run_.request.log->log(LogLevel::kError, "table failed", {{"table", failed.owner.source_table}, {"error", error.message()}});
  run_.report.tables[failed.number].error = std::move(error);
  if (!progress_.row_counts.empty()) {
    progress_.row_counts.erase(progress_.row_counts.begin() + static_cast<std::ptrdiff_t>(table));
  }
  pass_.tables.erase(pass_.tables.begin() + static_cast<std::ptrdiff_t>(table));
}

void PassRun::note_unfinished() {
  for (const PlannedTable& table : pass_.tables) {
    run_.report.tables[table.number].note = pass_.snapshot ? "not finished: a snapshot is committed as a whole, nothing of this one was"
                                            : table.refreshing
                                                ? "not finished: the next run goes on with the full refresh; the old table stands until then"
                                                : "not finished: it goes on after what was committed";
  }
}

}  // namespace lakeflow
