#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "engine/report/progress.h"

namespace lakeflow {

class Console;

// Shows how far a run is, on stderr: on a terminal a line for each table (as many as it has room for), drawn again as it moves; elsewhere a plain
// line for each table every few seconds and, unless it is one of many runs, at its end. Nothing with --json. Used by the thread that
// calls ingest.
class IngestProgress final : public ProgressListener {
 public:
  explicit IngestProgress(Console& console, bool one_of_many = false) : console_(console), one_of_many_(one_of_many) {}
  ~IngestProgress() override;
  IngestProgress(const IngestProgress&) = delete;
  IngestProgress& operator=(const IngestProgress&) = delete;

  void run_began(const std::string& run_id) override;
  void on_progress(std::span<const TableProgress> tables_of_pass) override;
  // Takes the lines off the terminal, so that the summary stands alone.
  void clear();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void redraw(std::span<const TableProgress> tables_of_pass);
  void say_now_and_then(std::span<const TableProgress> tables_of_pass);

  Console& console_;
  const bool one_of_many_;
  std::vector<std::pair<std::string, std::vector<std::string>>> drawn_;  // by destination table: the cells of its line, in order of appearance
  std::map<std::string, Time> said_at_;                                  // by destination table, where plain lines are written
};

// "1,234,567".
std::string grouped(std::uint64_t number);
// "12.3 MB": units of 1024.
std::string bytes_text(std::uint64_t bytes);

}  // namespace lakeflow
