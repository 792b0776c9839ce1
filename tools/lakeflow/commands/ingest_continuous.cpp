#include "tools/lakeflow/commands/ingest_continuous.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <random>

#include <fmt/format.h>

#include "engine/continuous/continuous_ingest.h"
#include "engine/monitor/health.h"
#include "tools/lakeflow/command.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/run_destination.h"
#include "tools/lakeflow/run_outlets.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;

// A service has to be gone within a second: a reader that is in the middle of something, and rows that wait to be applied, get
// a part of it; what is left is for the last commit, or for taking back what was applied and saying so in the log.
constexpr auto kFinishPatience = 100ms;
constexpr auto kApplyPatience = 150ms;
constexpr auto kHangPatience = 300ms;

constexpr auto kBetweenQuietLines = 1h;

double seconds_until(Schedule::Time time) { return std::max(0.0, std::chrono::duration<double>(time - Pause::Clock::now()).count()); }

// Shows each run in a line.
class Shower final : public ContinuousListener {
 public:
  explicit Shower(const RunTelling& telling) : telling_(telling), console_(telling.console) {}

  void on_run(const RunReport& report, const Schedule& schedule) override {
    telling_.monitor.run_ended(report);
    telling_.progress.clear();
    if (console_.json()) {
      console_.print(to_json(report) + "\n");
    } else {
      show(report);
    }
    for (const TableReport& table : report.tables) {
      if (table.error) {
        console_.error(tried_again(*table.error, table.source_table, schedule).at(fmt::format("table {}", table.source_table)));
      }
      tell_next_run(table.source_table, schedule);
    }
    if (report.error && report.error->kind() != ErrorKind::kInterrupted) {
      const bool goes_on = may_pass(*report.error) && !report.reader_abandoned;
      console_.error(goes_on ? tried_again(*report.error, schedule.tables().front(), schedule) : *report.error);
    }
    console_.flush();
    telling_.outlets.write_metrics_file();
  }

  void on_no_run(const Error& error, const Schedule& schedule) override {
    telling_.monitor.no_run(error);
    for (const std::string& table : schedule.tables()) {
      tell_next_run(table, schedule);
    }
    console_.error(tried_again(error, schedule.tables().front(), schedule));
    telling_.outlets.write_metrics_file();
  }

 private:
  void show(const RunReport& report) {
    const auto now = Pause::Clock::now();
    ++quiet_;
    if (is_quiet(report) && said_at_ && now - *said_at_ < kBetweenQuietLines) {
      return;
    }
    const std::string of_many = quiet_ > 1 ? fmt::format(" ({} runs since the last line)", quiet_) : "";
    console_.print(fmt::format("{} {}{}\n", format_utc(report.finished_at / 1'000'000 * 1'000'000), summary_line(report), of_many));
    said_at_ = now;
    quiet_ = 0;
  }

  void tell_next_run(std::string_view source_table, const Schedule& schedule) {
    telling_.monitor.waits(source_table, now_micros() + static_cast<TimestampMicros>(seconds_until(schedule.next_try(source_table)) * 1e6));
  }

  static Error tried_again(const Error& error, std::string_view source_table, const Schedule& schedule) {
    const std::string when = fmt::format("it is tried again in {}", duration_text(seconds_until(schedule.next_try(source_table))));
    return {error.kind(), error.message(), error.next_step().empty() ? when : fmt::format("{}; {}", when, error.next_step())};
  }

  const RunTelling& telling_;
  Console& console_;
  std::optional<Pause::Clock::time_point> said_at_;
  std::uint64_t quiet_ = 0;  // runs since the last line
};

}  // namespace

Result<int> run_continuous_ingest(const IngestRequest& run, RunDestination& destination, const RunTelling& telling) {
  Console& console = telling.console;
  Shower shower(telling);
  SteadyPause pause;
  ContinuousRequest request{.run = run,
                            .open_destination = [&] { return destination.open(); },
                            .close_destination = [&] { destination.close(); },
                            .listener = &shower,
                            .pause = &pause,
                            .seed = std::random_device()()};
  request.run.finish_patience = kFinishPatience;
  request.run.apply_patience = kApplyPatience;
  request.run.hang_patience = kHangPatience;
  LAKEFLOW_ASSIGN(const ContinuousEnd end, ingest_continuously(request));
  const bool stopped = end.error.kind() == ErrorKind::kInterrupted;
  if (stopped) {
    console.note(fmt::format("stopped after {} run{}", end.runs, end.runs == 1 ? "" : "s"));
  }
  if (end.reader_abandoned) {
    // Its thread still waits inside the connector, which therefore must not be destroyed.
    console.flush();
    std::_Exit(exit_code(end.error.kind()));
  }
  if (stopped) {
    return exit_code(ErrorKind::kInterrupted);
  }
  return std::unexpected(end.error);
}

}  // namespace lakeflow
