#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/monitor/process_snapshot.h"
#include "engine/pipeline/pipeline.h"
#include "engine/report/progress.h"
#include "engine/report/run_report.h"

namespace lakeflow {

// Keeps what a process that runs a pipeline can be asked about: for `status`, metrics and the health check. Its size is that of
// the pipeline, whatever the number of runs. Thread-safe.
class RunMonitor final : public ProgressListener {
 public:
  // `next`, which may be null, is told of progress too.
  RunMonitor(const Pipeline& pipeline, bool continuous, ProgressListener* next);

  void on_progress(std::span<const TableProgress> tables_of_pass) override;
  void run_began(const std::string& run_id) override;
  void run_ended(const RunReport& report);
  // The destination could not be used, and no run took place.
  void no_run(const Error& error);
  // Until when a table's readers wait.
  void waits(std::string_view source_table, TimestampMicros next_run_at);

  ProcessSnapshot snapshot() const;

 private:
  TableSnapshot* find(std::string_view destination_table);
  void fail(TableSnapshot& table, const Error& error, TimestampMicros at);

  ProgressListener* next_;
  mutable std::mutex mutex_;
  ProcessSnapshot state_;
};

}  // namespace lakeflow
