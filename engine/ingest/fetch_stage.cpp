#include "engine/ingest/fetch_stage.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/kill_point.h"
#include "engine/ingest/raw_batcher.h"
#include "engine/ingest/table_standing_keys.h"

namespace lakeflow {
namespace {

using Clock = std::chrono::steady_clock;

// The run's log, until the reader is abandoned.
class DetachableLogger final : public Logger {
 public:
  explicit DetachableLogger(Logger& target) : target_(&target) {}
  void write(LogLevel level, std::string_view message, Fields fields) override {
    const std::lock_guard lock(mutex_);
    if (target_ != nullptr) {
      target_->write(level, message, fields);
    }
  }
  void detach() {
    const std::lock_guard lock(mutex_);
    target_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Logger* target_;
};

Result<std::unique_ptr<RecordReader>> open_reader(const ReadPlan& plan, const ReadContext& context) {
  const TableRequest& first = plan.tables.front();
  if (plan.deletes) {
    return plan.connector->read_table_deletes(first.table_name, plan.from, first.table_options, context);
  }
  if (plan.shared) {
    auto* shared = dynamic_cast<SharedPass*>(plan.connector);
    return shared->read_tables(plan.tables, plan.from, context);
  }
  return plan.connector->read_table(first.table_name, plan.from, first.table_options, context);
}

}  // namespace

// All that the thread touches, so that it may outlive the stage.
struct FetchStage::Shared {
  Shared(ReadPlan read_plan, std::shared_ptr<FetchQueue> queue)
      : plan(std::move(read_plan)),
        out(std::move(queue)),
        state(*plan.destination, plan.owner, plan.state_is_empty, plan.table_owners),
        log(*plan.log) {
    if (plan.standing_keys) {
      standing_keys.emplace(*plan.destination, *plan.standing_keys, plan.state_is_empty);
    }
  }

  const ReadPlan plan;
  const std::shared_ptr<FetchQueue> out;
  CommittedState state;
  std::optional<TableStandingKeys> standing_keys;
  DetachableLogger log;

  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;                              // the thread has let go of the reader
  std::optional<Clock::time_point> stopped_at;     // when a stop was first asked for
  std::optional<Clock::time_point> calling_since;  // when the call of the reader under way began
  std::stop_source stop;

  // The latest time from which on the call under way counts as late; nothing where none is under way.
  std::optional<Clock::time_point> late_from() const {
    if (!stopped_at || !calling_since) {
      return std::nullopt;
    }
    return std::max(*stopped_at, *calling_since);
  }
  bool read_on_after_stop() {
    const std::lock_guard lock(mutex);
    return !plan.whole && (!stopped_at || Clock::now() < *stopped_at + plan.finish_patience);
  }
};

namespace {

// Marks the time that a call of the connector takes.
template <typename Shared, typename Call>
auto timed(Shared& shared, Call&& call) {
  {
    const std::lock_guard lock(shared.mutex);
    shared.calling_since = Clock::now();
  }
  auto result = call();
  {
    const std::lock_guard lock(shared.mutex);
    shared.calling_since.reset();
  }
  return result;
}

// Sends what was read, batch by batch, and remembers how much of it the chunk under way has.
class ChunkSender {
 public:
  ChunkSender(const ReadPlan& plan, FetchQueue& out) : plan_(plan), out_(out) {}

  // False, here and below: nobody wants more.
  bool send(RawRecords raw) {
    if (records_ == 0 && bytes_ == 0) {
      since_ = Clock::now();
    }
    records_ += raw.records.size() + raw.broken.size();
    for (const auto& [reason, count] : raw.filtered) {
      records_ += count;
    }
    bytes_ += raw.bytes_read;
    for (RawRecords& batch : batcher_.add(std::move(raw))) {
      if (!push_batch(std::move(batch))) {
        return false;
      }
    }
    return true;
  }

  bool is_full() const {
    return records_ >= plan_.chunk_records || bytes_ >= plan_.chunk_bytes || (holds_any() && Clock::now() - since_ >= plan_.chunk_time);
  }
  bool holds_any() const { return records_ > 0 || bytes_ > 0; }

  bool barrier(Barrier barrier) {
    if (auto rest = batcher_.take(); rest && !push_batch(*std::move(rest))) {
      return false;
    }
    kill_point("fetch.barrier");
    records_ = 0;
    bytes_ = 0;
    return out_.push(ticket_++, std::move(barrier), 0);
  }

  void end(ReadEnd end) { out_.push(ticket_++, std::move(end), 0); }

 private:
  bool push_batch(RawRecords batch) {
    kill_point("fetch.batch");
    const std::size_t bytes = held_bytes(batch);
    return out_.push(ticket_++, std::move(batch), bytes);
  }

  const ReadPlan& plan_;
  FetchQueue& out_;
  RawBatcher batcher_;
  std::uint64_t ticket_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  Clock::time_point since_;
};

// The barrier at the reader's offset, where it has one that can be committed.
Result<std::optional<Barrier>> barrier_at(RecordReader& reader, const ReadPlan& plan, std::optional<End> end) {
  Barrier barrier{.offset = reader.offset(), .state_delta = {}, .end = end};
  if (!barrier.offset && end && !plan.whole) {
    return std::unexpected(Error::internal(fmt::format("connector {} ended the read of {} without an offset: only a snapshot may",
                                                       plan.connector_name, plan.tables.front().table_name)));
  }
  if (!barrier.offset && !end) {
    return std::nullopt;
  }
  if (barrier.offset && barrier.offset->json().size() > kMaximumOffsetBytes) {
    return std::unexpected(Error::internal(fmt::format("connector {} gave an offset of {} bytes for {}; at most {} are allowed", plan.connector_name,
                                                       barrier.offset->json().size(), plan.tables.front().table_name, kMaximumOffsetBytes),
                                           "what grows with the source belongs into the keyed state (StateDelta)"));
  }
  barrier.state_delta = reader.state_delta();
  return barrier;
}

// Calls the reader until its end, or until nobody wants more.
template <typename Shared>
void read_to_end(Shared& shared) {
  const ReadPlan& plan = shared.plan;
  ChunkSender sender(plan, *shared.out);
  const ReadContext context{.stop = shared.stop.get_token(),
                            .deadline = {},
                            .log = &shared.log,
                            .state = &shared.state,
                            .standing_keys = shared.standing_keys ? &*shared.standing_keys : nullptr};

  kill_point("fetch.open");
  Result<std::unique_ptr<RecordReader>> reader = timed(shared, [&] { return open_reader(plan, context); });
  if (!reader) {
    sender.end({.end = {}, .error = std::move(reader).error()});
    return;
  }
  while (true) {
    kill_point("fetch.next");
    auto step = timed(shared, [&] { return (*reader)->next(); });
    const bool failed = !step.has_value();
    const std::optional<End> end = failed || std::holds_alternative<RawRecords>(*step) ? std::nullopt : std::optional(std::get<End>(*step));
    const bool stopped = context.stop.stop_requested();

    if (!failed && !end && !sender.send(std::move(std::get<RawRecords>(*step)))) {
      return;
    }
    // A failure loses nothing that came before it: what the last offset holds for is committed.
    const bool wants_barrier = end || (!plan.whole && (sender.is_full() || (sender.holds_any() && (failed || stopped))));
    bool barrier_sent = false;
    if (wants_barrier) {
      Result<std::optional<Barrier>> barrier = barrier_at(**reader, plan, end);
      if (!barrier) {
        sender.end({.end = {}, .error = std::move(barrier).error()});
        return;
      }
      if (*barrier) {
        if (!sender.barrier(**std::move(barrier))) {
          return;
        }
        barrier_sent = true;
      }
    }
    if (end) {
      sender.end({.end = end, .error = {}});
      return;
    }
    if (failed) {
      const bool obeyed = stopped && step.error().kind() == ErrorKind::kInterrupted;
      sender.end({.end = {}, .error = obeyed ? std::nullopt : std::optional(std::move(step).error())});
      return;
    }
    if (stopped && (barrier_sent || !sender.holds_any() || !shared.read_on_after_stop())) {
      sender.end({});
      return;
    }
  }
}

}  // namespace

FetchStage::FetchStage(ReadPlan plan, std::shared_ptr<FetchQueue> out)
    : shared_(std::make_shared<Shared>(std::move(plan), std::move(out))), thread_([shared = shared_] { run(shared); }) {}

FetchStage::~FetchStage() {
  if (thread_.joinable()) {
    shared_->out->cancel();
    finish(std::chrono::milliseconds(0));
  }
}

void FetchStage::run(const std::shared_ptr<Shared>& shared) {
  read_to_end(*shared);
  const std::lock_guard lock(shared->mutex);
  shared->ended = true;
  shared->changed.notify_all();
}

void FetchStage::request_stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (!shared_->stopped_at) {
      shared_->stopped_at = Clock::now();
    }
  }
  shared_->stop.request_stop();
}

bool FetchStage::stopped_for(std::chrono::milliseconds patience) const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->stopped_at && Clock::now() > *shared_->stopped_at + patience;
}

bool FetchStage::hangs(std::chrono::milliseconds patience) const {
  const std::lock_guard lock(shared_->mutex);
  const auto late_from = shared_->late_from();
  return late_from && Clock::now() > *late_from + patience;
}

bool FetchStage::finish(std::chrono::milliseconds patience) {
  request_stop();
  bool ended = false;
  {
    std::unique_lock lock(shared_->mutex);
    ended = shared_->changed.wait_for(lock, patience, [&] { return shared_->ended; });
  }
  if (ended) {
    thread_.join();
    return true;
  }
  shared_->state.detach();
  if (shared_->standing_keys) {
    shared_->standing_keys->detach();
  }
  shared_->log.detach();
  thread_.detach();
  return false;
}

}  // namespace lakeflow
