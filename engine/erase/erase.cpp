#include "engine/erase/erase.h"

#include <fmt/format.h>

#include <utility>

#include "engine/erase/dead_letter_erasure.h"
#include "engine/ingest/refresh.h"

namespace lakeflow {
namespace {

Result<std::vector<std::string>> subject_values(LakeflowConnect& connector, const TableRequest& table, const std::string& person) {
  if (auto* const known = dynamic_cast<PersonInTables*>(&connector); known != nullptr) {
    return known->subject_values(table, person);
  }
  return std::vector<std::string>{person};
}

Result<Erasure> plan_erasure(const EraseRequest& request) {
  Erasure erasure{.pipeline = request.pipeline->name, .tables = {}, .texts = request.texts};
  erasure.texts.push_back(request.person);
  for (const PipelineTable& table : request.pipeline->tables) {
    LAKEFLOW_ASSIGN(const TableMetadata metadata, request.connector->read_table_metadata(table.source_table, table.table_options));
    LAKEFLOW_ASSIGN(std::vector<std::string> values, subject_values(*request.connector, {table.source_table, table.table_options}, request.person));
    const ErasedTable erased{.table = table.destination,
                             .subject_field = metadata.subject_field,
                             .subject_values = std::move(values),
                             .event_fields = metadata.event_fields,
                             .unread_bytes_field = metadata.unread_bytes_field,
                             .unread_reason_field = metadata.unread_reason_field};
    erasure.tables.push_back(erased);
    // A full refresh may be under way.
    erasure.tables.push_back(erased);
    erasure.tables.back().table = built_table(table.destination);
  }
  return erasure;
}

std::vector<std::string> not_reached(const EraseRequest& request, const ErasureCounts& counts) {
  std::vector<std::string> sentences;
  for (const ErasureCounts::Table& table : counts.tables) {
    if (table.is_there && !table.is_reachable) {
      sentences.push_back(fmt::format("table {}: its rows do not name the person they are about", table.table.text()));
    }
  }
  sentences.push_back("the source system itself: a change there, or a full refresh, brings the person back");
  sentences.push_back("names and numbers of the person other than those that were searched for, in quarantine and dead letters");
  sentences.push_back(
      fmt::format("backups and copies of {}, tables of other pipelines in it, and what was exported from it", request.destination->describe()));
  return sentences;
}

}  // namespace

Result<ErasureReport> erase_person(const EraseRequest& request) {
  if (request.person.empty()) {
    return std::unexpected(Error::user("nobody is named", "give the id that the source knows the person by"));
  }
  LAKEFLOW_ASSIGN(const Erasure erasure, plan_erasure(request));
  const std::string& dead_letters = request.pipeline->settings.dead_letter_path;
  ErasureReport report{
      .pipeline = request.pipeline->name, .destination = request.destination->describe(), .counts = {}, .dead_letters = 0, .not_reached = {}};
  LAKEFLOW_ASSIGN(report.dead_letters, count_dead_letters(dead_letters, erasure.texts));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, request.destination->begin());
  LAKEFLOW_ASSIGN(report.counts, transaction->erase(erasure));
  std::erase_if(report.counts.tables, [](const ErasureCounts::Table& table) { return !table.is_there; });
  report.not_reached = not_reached(request, report.counts);
  LAKEFLOW_TRY(request.confirm(report));
  LAKEFLOW_TRY(transaction->log_erasure(
      {.pipeline = report.pipeline, .erased_by = request.by.user, .reason = request.by.reason, .receipt = erasure_receipt(report)}));
  LAKEFLOW_TRY(transaction->commit());
  LAKEFLOW_TRY(erase_dead_letters(dead_letters, erasure.texts));
  LAKEFLOW_TRY(request.destination->rewrite());
  return report;
}

}  // namespace lakeflow
