#include "engine/quarantine/replay.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <span>
#include <utility>

#include "base/options.h"
#include "destinations/interface/sql_literal.h"
#include "engine/ingest/chunk.h"
#include "engine/ingest/decode_batch.h"
#include "engine/ingest/pass.h"
#include "engine/ingest/run_id.h"
#include "engine/ingest/run_state.h"
#include "engine/quarantine/quarantine_rows.h"
#include "engine/quarantine/replayed_records.h"
#include "engine/quarantine/standing_rows.h"

namespace lakeflow {
namespace {

// Of one transaction, at most, but for chunk_rows.
constexpr std::size_t kChunkEntries = 1000;
constexpr std::uint64_t kChunkBytes = std::uint64_t{32} << 20;

// What is known of an entry before its bytes are fetched.
struct EntryHead {
  std::string id;
  std::uint64_t bytes = 0;
};

std::vector<std::string> split_names(const std::string& names) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= names.size() && !names.empty();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    parts.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// One replay. The entries of one set of tables are a group, which is decoded like a pass.
class Replay {
 public:
  explicit Replay(const ReplayRequest& request) : request_(request), pipeline_(*request.pipeline) {
    // What fails again stays where it is.
    pipeline_.settings.reject_threshold = {};
    if (pipeline_.settings.error_handling == ErrorHandling::kFail) {
      pipeline_.settings.error_handling = ErrorHandling::kSkip;
    }
    ingest_.pipeline = &pipeline_;
    ingest_.connector = request.connector;
    ingest_.destination = request.destination;
    ingest_.dry_run = request.dry_run;
    ingest_.log = request.log;
    started_at_ = now_micros();
    run_.emplace(RunState{.request = ingest_,
                          .stamp = {.run_id = make_run_id(started_at_), .started_at = started_at_},
                          .report = {},
                          .dead_letters = {},
                          .chunks = 0,
                          .logged = true});  // its line goes with each of its transactions
    report_.run_id = run_->stamp.run_id;
    report_.dry_run = request.dry_run;
  }

  Result<ReplayReport> run() {
    std::map<std::string, std::vector<EntryHead>> groups;  // by the tables
    LAKEFLOW_TRY(find_entries(groups));
    if (request_.corrected && report_.entries != 1) {
      return std::unexpected(Error::user(fmt::format("{} records are meant, and corrected bytes are those of one", report_.entries),
                                         "name one with --id; lakeflow quarantine list shows the ids"));
    }
    if (pipeline_.settings.error_handling == ErrorHandling::kDeadLetter && !request_.dry_run && report_.entries > 0) {
      LAKEFLOW_ASSIGN(DeadLetters letters,
                      DeadLetters::open(pipeline_.settings.dead_letter_path, run_->stamp.run_id, pipeline_.name, *ingest_.destination));
      run_->dead_letters.emplace(std::move(letters));
    }
    for (const PipelineTable& table : pipeline_.tables) {
      TableReport& report = run_->report.tables.emplace_back();
      report.source_table = table.source_table;
      report.destination_table = table.destination.text();
    }
    for (const auto& [names, entries] : groups) {
      if (!request_.stop.stop_requested()) {
        LAKEFLOW_TRY(replay_group(names, entries));
      }
    }
    report_.stopped = request_.stop.stop_requested();
    for (const TableReport& table : run_->report.tables) {
      if (table.rows_decoded > 0) {
        report_.tables.push_back(table);
      }
    }
    return report_;
  }

 private:
  Status find_entries(std::map<std::string, std::vector<EntryHead>>& groups) {
    LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(*request_.destination));
    const std::string sql = fmt::format("SELECT id, landing_tables, size FROM ({}) ORDER BY landing_tables, origin, position, id{}",
                                        quarantine_records_sql(*request_.pipeline, request_.filter, has_states),
                                        request_.filter.most > 0 ? fmt::format(" LIMIT {}", request_.filter.most) : "");
    return for_each_batch(*request_.destination, sql, [&](const arrow::RecordBatch& rows) -> Status {
      for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
        ++report_.entries;
        groups[text_at(rows, "landing_tables", row)].push_back(
            {.id = text_at(rows, "id", row), .bytes = static_cast<std::uint64_t>(parse_integer(text_at(rows, "size", row)).value_or(0))});
      }
      return {};
    });
  }

  void pass_over(std::size_t entries, std::string why) {
    report_.passed_over += entries;
    report_.problems.push_back(fmt::format("{} {}: {}", entries, entries == 1 ? "record" : "records", std::move(why)));
  }

  // The pass of a group; nothing, said in the report, where it can't be replayed.
  Result<std::optional<Pass>> plan_group(const std::string& names, std::size_t entries) {
    std::vector<const PipelineTable*> tables;
    std::vector<std::size_t> numbers;
    for (const std::string& name : split_names(names)) {
      const auto found = std::ranges::find(pipeline_.tables, name, [](const PipelineTable& table) { return table.destination.text(); });
      if (found != pipeline_.tables.end()) {
        tables.push_back(&*found);
        numbers.push_back(static_cast<std::size_t>(found - pipeline_.tables.begin()));
      }
    }
    if (tables.empty()) {
      pass_over(entries, names.empty() ? "an older version put them there, and did not say for which tables: a full refresh reads them again"
                                       : fmt::format("the pipeline has no table that lands in {}", names));
      return std::nullopt;
    }
    RunPlan plan = plan_passes(ingest_, tables, started_at_);
    if (!plan.failures.empty()) {
      return std::unexpected(std::move(plan.failures.front().error));
    }
    Pass pass{.tables = {}, .shared = tables.size() > 1, .snapshot = false, .reads_deletes = false, .offset = {}, .deletes_offset = {}};
    for (Pass& planned : plan.passes) {
      for (PlannedTable& table : planned.tables) {
        if (table.refreshing || planned.snapshot) {
          pass_over(entries, table.refreshing ? fmt::format("a full refresh of {} is under way: lakeflow ingest ends it", table.owner.source_table)
                                              : fmt::format("{} is a snapshot, which each run reads as a whole", table.owner.source_table));
          return std::nullopt;
        }
        table.number = numbers[table.number];
        pass.tables.push_back(std::move(table));
      }
    }
    // In the order in which the decoder is made for them.
    std::ranges::sort(pass.tables, {}, &PlannedTable::number);
    return pass;
  }

  Status replay_group(const std::string& names, const std::vector<EntryHead>& entries) {
    LAKEFLOW_ASSIGN(const std::optional<Pass> pass, plan_group(names, entries.size()));
    if (!pass) {
      return {};
    }
    std::vector<TableRequest> requests;
    std::deque<StandingRows> standing;
    for (const PlannedTable& table : pass->tables) {
      requests.push_back(table.request);
      standing.emplace_back(*request_.destination, table);
    }
    LAKEFLOW_ASSIGN(const std::unique_ptr<Decoder> decoder,
                    make_pass_decoder(*request_.connector, pipeline_.connector, requests, pass->tables.front().source_schema));
    Group group{.pass = *pass, .requests = requests, .decoder = *decoder, .standing = standing, .progress = {}};
    const std::size_t most = std::min(kChunkEntries, static_cast<std::size_t>(pipeline_.settings.chunk_rows));
    for (std::size_t first = 0; first < entries.size() && !request_.stop.stop_requested();) {
      std::size_t end = first;
      for (std::uint64_t bytes = 0; end < entries.size() && end - first < most && (end == first || bytes < kChunkBytes); ++end) {
        bytes += entries[end].bytes;
      }
      LAKEFLOW_TRY(replay_chunk(group, std::span(entries).subspan(first, end - first)));
      first = end;
    }
    return {};
  }

  struct Group {
    const Pass& pass;
    std::span<const TableRequest> requests;
    Decoder& decoder;
    std::deque<StandingRows>& standing;
    PassProgress progress;
  };

  Status replay_chunk(Group& group, std::span<const EntryHead> heads) {
    LAKEFLOW_ASSIGN(const std::vector<ReplayedEntry> entries, fetch(heads));
    PassReport pass_report;
    Chunk chunk(*run_, group.pass, group.progress, pass_report);
    ChunkEnd end{.offset = {}, .deletes_offset = {}, .state_delta = {}, .snapshot_complete = {}};
    LAKEFLOW_TRY(decode(group, chunk, end, entries));
    RunLine line = run_->line("replayed");
    line.finished_at = now_micros();
    end.run_line = line;
    const Outcome<void> committed = chunk.commit(end);
    if (!committed) {
      return std::unexpected(committed.error().error);
    }
    for (const QuarantineChange& change : end.quarantine_changes) {
      const bool failed = change.kind == QuarantineChangeKind::kFailedAgain;
      ++(failed ? report_.failed_again : report_.replayed);
      if (failed) {
        ++report_.failures[change.detail.substr(0, change.detail.find(':'))];
      }
    }
    return {};
  }

  Result<std::vector<ReplayedEntry>> fetch(std::span<const EntryHead> heads) const {
    std::string ids;
    for (const EntryHead& head : heads) {
      ids += (ids.empty() ? "" : ", ") + sql_literal(head.id);
    }
    QuarantineFilter all;
    all.state.clear();
    LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(*request_.destination));
    std::vector<ReplayedEntry> entries;
    LAKEFLOW_TRY(for_each_batch(*request_.destination,
                                fmt::format("SELECT id, destination_table, reason, origin, position, bytes, is_delete::INTEGER AS is_delete FROM "
                                            "({}) WHERE id IN ({}) ORDER BY origin, "
                                            "position, id",
                                            quarantine_records_sql(*request_.pipeline, all, has_states), ids),
                                [&](const arrow::RecordBatch& rows) -> Status {
                                  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
                                    entries.push_back(
                                        {.id = text_at(rows, "id", row),
                                         .destination_table = text_at(rows, "destination_table", row),
                                         .reason = request_.corrected ? std::string() : text_at(rows, "reason", row),
                                         .origin = text_at(rows, "origin", row),
                                         .position = static_cast<std::uint64_t>(parse_integer(text_at(rows, "position", row)).value_or(0)),
                                         .is_delete = text_at(rows, "is_delete", row) == "1",
                                         .bytes = request_.corrected ? *request_.corrected : bytes_at(rows, "bytes", row)});
                                  }
                                  return {};
                                }));
    return entries;
  }

  // Halves of a batch of which something is rejected are decoded again, until it is known which entry it is.
  Status decode(Group& group, Chunk& chunk, ChunkEnd& end, std::span<const ReplayedEntry> entries) {
    if (entries.empty()) {
      return {};
    }
    LAKEFLOW_ASSIGN(DecodedBatch batch, decode_entries(group, entries));
    const auto keeps = [&](const QuarantinedRecord& rejected) {
      // A table of several that takes no row of it: the others do.
      return group.pass.tables.size() > 1 && !rejected.destination_table.empty();
    };
    const bool is_clean = batch.quarantined.empty();
    if (!is_clean && entries.size() > 1) {
      LAKEFLOW_TRY(decode(group, chunk, end, entries.first(entries.size() / 2)));
      return decode(group, chunk, end, entries.subspan(entries.size() / 2));
    }
    if (is_clean || std::ranges::all_of(batch.quarantined, keeps)) {
      for (const ReplayedEntry& entry : entries) {
        end.quarantine_changes.push_back(
            change_of(entry, request_.corrected ? QuarantineChangeKind::kCorrected : QuarantineChangeKind::kReplayed,
                      request_.corrected ? fmt::format("{} bytes in the place of those that came", entry.bytes.size()) : std::string()));
      }
      return add(group, chunk, std::move(batch));
    }
    const QuarantinedRecord& rejected = batch.quarantined.front();
    end.quarantine_changes.push_back(
        change_of(entries.front(), QuarantineChangeKind::kFailedAgain, rejected.reason + (rejected.detail.empty() ? "" : ": " + rejected.detail)));
    // Nothing of it lands, also not what is well; it is one record that was read and rejected.
    LAKEFLOW_ASSIGN(DecodedBatch none, decode_entries(group, {}));
    none.counts = {.bytes_read = entries.front().bytes.size(), .read = 1, .decoded = 0, .quarantined = 1, .filtered = {}, .rejects = {}};
    return add(group, chunk, std::move(none));
  }

  Result<DecodedBatch> decode_entries(Group& group, std::span<const ReplayedEntry> entries) {
    LAKEFLOW_ASSIGN(const RawRecords raw, raw_records_of(*request_.connector, group.requests, entries));
    auto batch = decode_batch(group.decoder, {.pass = &group.pass, .connector_name = pipeline_.connector, .stamp = run_->stamp}, raw);
    if (!batch) {
      return std::unexpected(std::move(batch).error().error);
    }
    return *std::move(batch);
  }

  Status add(Group& group, Chunk& chunk, DecodedBatch batch) {
    std::vector<std::pair<std::size_t, ChangeSlice>> further;
    for (std::size_t i = 0; i < batch.tables.size(); ++i) {
      LAKEFLOW_ASSIGN(StandingRows::NewRows rows, group.standing[i].take_new(batch.tables[i].slice));
      batch.tables[i].standing = rows.standing;
      batch.tables[i].slice = rows.slices.front();
      for (const ChangeSlice& slice : std::span(rows.slices).subspan(1)) {
        further.emplace_back(i, slice);
      }
    }
    Outcome<void> added = chunk.add(std::move(batch));
    for (auto& [table, slice] : further) {
      if (added) {
        added = chunk.add_rows(table, std::move(slice));
      }
    }
    return added ? Status() : std::unexpected(added.error().error);
  }

  QuarantineChange change_of(const ReplayedEntry& entry, QuarantineChangeKind kind, std::string detail) const {
    return {.id = entry.id,
            .kind = kind,
            .pipeline = pipeline_.name,
            .changed_by = request_.by.user,
            .run_id = run_->stamp.run_id,
            .reason = request_.by.reason,
            .detail = std::move(detail)};
  }

  const ReplayRequest& request_;
  Pipeline pipeline_;
  IngestRequest ingest_;
  TimestampMicros started_at_ = 0;
  std::optional<RunState> run_;
  ReplayReport report_;
};

}  // namespace

Result<ReplayReport> replay_quarantine(const ReplayRequest& request) { return Replay(request).run(); }

}  // namespace lakeflow
