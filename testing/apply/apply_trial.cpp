#include "testing/apply/apply_trial.h"

#include <algorithm>

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lakeflow {
namespace {

ReferenceModel<std::string>::Rules rules_of(const PlainTable& table) {
  using Mode = ReferenceModel<std::string>::Mode;
  const bool keeps_history = table.keeps_history();
  if (table.ingestion_type == IngestionType::kSnapshot) return {Mode::kSnapshot, keeps_history, false};
  if (table.scd_type == ScdType::kAppendOnly || (table.ingestion_type == IngestionType::kAppend && !table.scd_type)) return {};
  return {Mode::kChanges, keeps_history, !table.track_history_except.empty()};
}

ApplyCounts counts_of(const ModelTally& tally) {
  return {tally.inserted, tally.updated, tally.unchanged, tally.superseded,  tally.deleted,
          tally.absent,   tally.ended,   tally.merged,    tally.already_gone};
}

std::unexpected<Error> disagreement(std::string_view what, const std::string& destination, const std::string& model) {
  return std::unexpected(Error::internal(fmt::format("{}: the destination has [{}], the rules want [{}]", what, destination, model)));
}

}  // namespace

std::string outcome_text(const ApplyOutcome& outcome) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view name, auto count) {
    if (count != 0) parts.push_back(fmt::format("{} {}", name, count));
  };
  add("inserted", outcome.counts.inserted);
  add("updated", outcome.counts.updated);
  add("unchanged", outcome.counts.unchanged - outcome.counts.already_gone);
  add("already gone", outcome.counts.already_gone);
  add("superseded", outcome.counts.superseded);
  add("deleted", outcome.counts.deleted);
  add("absent", outcome.counts.absent);
  add("ended", outcome.counts.ended);
  add("merged", outcome.counts.merged);
  for (const auto& [reason, count] : outcome.rejects) {
    add("rejected " + reason, count);
  }
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

Result<ApplyTrial> ApplyTrial::begin(PlainTable table, const DestinationFactory& factory) {
  LAKEFLOW_ASSIGN(TablePlan plan, table.plan());
  LAKEFLOW_ASSIGN(std::unique_ptr<Destination> destination, factory());
  LAKEFLOW_TRY(destination->accepts(plan.apply_plan()));
  Model model(rules_of(table));
  return ApplyTrial(std::move(table), std::move(plan), std::move(destination), std::move(model));
}

Status ApplyTrial::begin_run(TimestampMicros started_at) {
  LAKEFLOW_ASSIGN(plan_, table_.plan(started_at));
  run_started_at_ = started_at;
  return {};
}

Status ApplyTrial::open_transaction() {
  if (transaction_) {
    return {};
  }
  LAKEFLOW_ASSIGN(transaction_, destination_->begin());
  LAKEFLOW_TRY(transaction_->prepare_table(plan_.apply_plan()));
  return {};
}

ApplyTrial::Model::Record ApplyTrial::model_record(const PlainRecord& record) const {
  const auto pick = [&](const std::vector<std::string>& paths) {
    PlainValues values;
    for (const std::string& path : paths) {
      const auto column = std::ranges::find(table_.columns, path, &PlainColumn::path);
      values.push_back(record.values[static_cast<std::size_t>(column - table_.columns.begin())]);
    }
    return values;
  };
  return {.is_delete = record.is_delete,
          .key = pick(table_.keys),
          .sequence = pick(table_.sequence),
          .hash = 0,
          .tracked_hash = 0,
          .content = plain_text(table_, record.values)};
}

Result<ApplyOutcome> ApplyTrial::apply(std::span<const PlainRecord> records) {
  LAKEFLOW_TRY(open_transaction());
  LAKEFLOW_ASSIGN(const PlainBatch batch, decode_plain(table_, records));
  LAKEFLOW_ASSIGN(const PreparedRows prepared, plan_.prepare(batch.decoded, batch.raw, {.run_id = "trial", .started_at = run_started_at_}));
  LAKEFLOW_ASSIGN(const ApplyCounts counts, transaction_->apply(plan_.apply_plan(), prepared.slice));
  ApplyOutcome outcome{.counts = counts, .rejects = {}};
  for (const Reject& reject : prepared.rejects) {
    ++outcome.rejects[reject.reason];
  }

  ApplyOutcome wanted;
  std::vector<Model::Record> kept;
  for (const PlainRecord& record : records) {
    Model::Record model_row = model_record(record);
    if (const std::string_view reason = model_.refusal(model_row); !reason.empty()) {
      ++wanted.rejects[std::string(reason)];
    } else {
      kept.push_back(std::move(model_row));
    }
  }
  if (std::ssize(kept) != prepared.slice.rows->num_rows()) {
    return disagreement("rows of the slice", std::to_string(prepared.slice.rows->num_rows()), std::to_string(kept.size()));
  }
  if (prepared.slice.keys) {
    // Of the engine the model takes the hashes alone: which of two is the greater is for nobody to foresee.
    const auto hashes = std::static_pointer_cast<arrow::Int64Array>(prepared.slice.keys->GetColumnByName("content_hash"));
    const auto tracked = std::static_pointer_cast<arrow::Int64Array>(prepared.slice.keys->GetColumnByName("tracked_hash"));
    for (std::size_t row = 0; row < kept.size(); ++row) {
      kept[row].hash = hashes->Value(static_cast<std::int64_t>(row));
      if (tracked) kept[row].tracked_hash = tracked->Value(static_cast<std::int64_t>(row));
    }
  }
  wanted.counts = counts_of(model_.apply(kept, run_started_at_));
  if (outcome_text(outcome) != outcome_text(wanted)) {
    return disagreement("counts", outcome_text(outcome), outcome_text(wanted));
  }
  if (counts.rows() != kept.size()) {
    return disagreement("the balance of the counts", std::to_string(counts.rows()), std::to_string(kept.size()));
  }
  return outcome;
}

Result<ApplyCounts> ApplyTrial::finish_snapshot(bool complete) {
  LAKEFLOW_TRY(open_transaction());
  LAKEFLOW_ASSIGN(const ApplyCounts counts, transaction_->finish_snapshot(plan_.apply_plan(), complete));
  const ApplyCounts wanted = counts_of(model_.finish_snapshot(complete, run_started_at_));
  if (counts != wanted) {
    return disagreement("counts of the snapshot's end", outcome_text({counts, {}}), outcome_text({wanted, {}}));
  }
  return counts;
}

Status ApplyTrial::reset() {
  LAKEFLOW_TRY(open_transaction());
  model_.clear();
  return transaction_->reset_table({.pipeline = "trial", .source_table = "subject", .destination_table = table_.target().text()}, plan_.apply_plan());
}

Status ApplyTrial::forget_deletes() {
  LAKEFLOW_TRY(open_transaction());
  model_.forget_deletes();
  return transaction_->forget_deletes(plan_.apply_plan(), now_micros() + 1'000'000);
}

Status ApplyTrial::commit() {
  LAKEFLOW_TRY(open_transaction());
  LAKEFLOW_ASSIGN(const std::uint64_t count, transaction_->count_rows(table_.target()));
  if (count != model_.rows().size()) {
    return disagreement("count_rows", std::to_string(count), std::to_string(model_.rows().size()));
  }
  LAKEFLOW_TRY(transaction_->commit());
  transaction_.reset();
  committed_ = model_;
  return {};
}

Status ApplyTrial::roll_back() {
  LAKEFLOW_TRY(open_transaction());
  transaction_.reset();
  model_ = committed_;
  return {};
}

Status ApplyTrial::restart(const DestinationFactory& reopen) {
  destination_.reset();
  LAKEFLOW_ASSIGN(destination_, reopen());
  return {};
}

std::vector<std::string> ApplyTrial::rows_of(const Model& model) const {
  std::vector<std::string> texts;
  for (const Model::Row& row : model.rows()) {
    texts.push_back(table_.keeps_history() ? fmt::format("{} {} {}", row.content, end_text(table_, row.start), end_text(table_, row.end))
                                           : row.content);
  }
  std::ranges::sort(texts);
  return texts;
}

Result<std::vector<std::string>> ApplyTrial::rows() {
  LAKEFLOW_ASSIGN(std::vector<std::string> rows, read_plain(*destination_, table_));
  const std::vector<std::string> wanted = rows_of(committed_);
  if (rows != wanted) {
    std::vector<std::string> only_destination;
    std::vector<std::string> only_model;
    std::ranges::set_difference(rows, wanted, std::back_inserter(only_destination));
    std::ranges::set_difference(wanted, rows, std::back_inserter(only_model));
    return disagreement("rows that differ", fmt::format("{}", fmt::join(only_destination, "; ")), fmt::format("{}", fmt::join(only_model, "; ")));
  }
  return rows;
}

}  // namespace lakeflow
