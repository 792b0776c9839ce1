#include "engine/ingest/progress_meter.h"

namespace lakeflow {
namespace {

constexpr std::chrono::milliseconds kInterval{250};
constexpr std::chrono::seconds kRateWindow{5};

}  // namespace

ProgressMeter::ProgressMeter(const RunState& run, const Pass& pass, const PassReport& report)
    : run_(run), pass_(pass), report_(report), began_(Clock::now()), shown_(began_) {}

void ProgressMeter::tick(const Chunk* chunk) {
  if (Clock::now() - shown_ >= kInterval) {
    show(chunk, false);
  }
}

void ProgressMeter::show(const Chunk* chunk, bool finished) {
  if (run_.request.progress == nullptr) {
    return;
  }
  const Clock::time_point now = Clock::now();
  shown_ = now;
  const RecordCounts none;
  const RecordCounts& under_way = chunk == nullptr ? none : chunk->records();
  Sample sample{.at = now, .rows = std::vector<std::uint64_t>(run_.report.tables.size())};
  std::vector<TableProgress> tables;
  for (std::size_t i = 0; i < pass_.tables.size(); ++i) {
    const std::size_t number = pass_.tables[i].number;
    const TableReport& table = run_.report.tables[number];
    std::uint64_t rows = table.rows_decoded;
    std::uint64_t rejects = table.rejected + report_.records_quarantined + under_way.quarantined;
    if (chunk != nullptr) {
      rows += chunk->tables()[i].rows_decoded;
      rejects += chunk->tables()[i].rejected;
    }
    sample.rows[number] = rows;
    const bool has_past = !samples_.empty() && samples_.front().rows[number] <= rows;  // a rolled back chunk takes rows away
    const std::uint64_t gained = rows - (has_past ? samples_.front().rows[number] : 0);
    const std::chrono::duration<double> over = now - (has_past ? samples_.front().at : began_);
    tables.push_back({.source_table = table.source_table,
                      .destination_table = table.destination_table,
                      .rows = rows,
                      .committed_rows = run_.request.dry_run ? 0 : table.rows_decoded,
                      .rejects = rejects,
                      .bytes = report_.bytes_read + under_way.bytes_read,
                      .seconds = std::chrono::duration<double>(now - began_).count(),
                      .rows_per_second = over.count() > 0 ? static_cast<double>(gained) / over.count() : 0,
                      .finished = finished});
  }
  samples_.push_back(std::move(sample));
  while (now - samples_.front().at > kRateWindow) {
    samples_.pop_front();
  }
  run_.request.progress->on_progress(tables);
}

}  // namespace lakeflow
