#include <filesystem>

#include <fmt/format.h>

#include "destinations/socket/socket_destination.h"
#include "engine/continuous/pause.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/commands/all_commands.h"
#include "tools/lakeflow/console.h"
#include "tools/lakeflow/ingest_progress.h"
#include "tools/lakeflow/live_screen.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/status_view.h"
#include "tools/lakeflow/stop_signals.h"

namespace lakeflow {
namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenFrames = 1s;

// Reads a pipeline's status, again and again if need be.
class StatusReader {
 public:
  // The connector, which tells what offsets mean, may be null.
  StatusReader(const Pipeline& pipeline, LakeflowConnect* connector, std::size_t most_runs)
      : pipeline_(pipeline), connector_(connector), most_runs_(most_runs) {}

  Result<StatusView> read() {
    LAKEFLOW_ASSIGN(const std::unique_ptr<Destination> destination, open_destination(pipeline_, true));
    StatusView view{.pipeline = pipeline_.name, .destination = destination->describe(), .recorded = {}, .process = {}, .now = now_micros()};
    if (auto* running = dynamic_cast<RunningProcess*>(destination.get()); running != nullptr) {
      LAKEFLOW_ASSIGN(const std::string state, running->process_state());
      LAKEFLOW_ASSIGN(view.process, parse_process_snapshot(state));
      if (view.process->pipeline != pipeline_.name) {
        view.process.reset();  // another pipeline that lands in the same place
      }
    }
    LAKEFLOW_ASSIGN(view.recorded, read_status(*destination, pipeline_, connector_, most_runs_));
    return view;
  }

  // The same, but a file that nobody holds and nobody changed is not opened again: who reads keeps a run from beginning.
  Result<StatusView> read_if_changed() {
    const std::vector<Stamp> stamps = file_stamps();
    if (last_ && !last_->process && stamps == stamps_) {
      last_->now = now_micros();
      return *last_;
    }
    LAKEFLOW_ASSIGN(last_, read());
    stamps_ = stamps;
    return *last_;
  }

 private:
  struct Stamp {
    std::filesystem::file_time_type written{};
    std::uintmax_t bytes = 0;
    bool operator==(const Stamp&) const = default;
  };

  std::vector<Stamp> file_stamps() const {
    std::vector<Stamp> stamps;
    for (const std::string& file : {pipeline_.destination.path, pipeline_.destination.path + ".wal", working_folder(pipeline_) + "/socket"}) {
      std::error_code absent;
      Stamp stamp{.written = std::filesystem::last_write_time(file, absent)};
      stamp.bytes = absent ? 0 : std::filesystem::file_size(file, absent);
      stamps.push_back(stamp);
    }
    return stamps;
  }

  const Pipeline& pipeline_;
  LakeflowConnect* connector_;
  const std::size_t most_runs_;
  std::optional<StatusView> last_;
  std::vector<Stamp> stamps_;
};

Result<int> watch(StatusReader& reader, std::stop_token stop) {
  LiveScreen screen;
  SteadyPause pause;
  while (!stop.stop_requested()) {
    const Result<StatusView> view = reader.read_if_changed();
    if (view) {
      screen.show(status_text(*view, screen.width()));
    } else {
      screen.show(fmt::format("{}\n{}\n", view.error().message(), view.error().next_step()));
    }
    pause.wait_until(pause.now() + kBetweenFrames, stop);
  }
  return exit_code(ErrorKind::kInterrupted);
}

Result<int> run_status(const Arguments& arguments, Session& session) {
  Console& console = session.console;
  if (arguments.flag("watch") && (console.json() || !console.form().output_is_terminal)) {
    return std::unexpected(
        Error::user("--watch draws on a terminal, and this is none", "take --watch out: status then shows once how things are; scripts use --json"));
  }
  // Before any other thread is there.
  const std::unique_ptr<StopSignals> signals = arguments.flag("watch") ? std::make_unique<StopSignals>([] {}) : nullptr;
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  const auto source = open_source(pipeline, arguments, session);  // without its secrets, offsets are shown as they are
  StatusReader reader(pipeline, source ? source->get() : nullptr, static_cast<std::size_t>(arguments.count("runs")));
  if (signals != nullptr) {
    return watch(reader, signals->token());
  }
  LAKEFLOW_ASSIGN(const StatusView view, reader.read());
  if (console.json()) {
    console.print(status_json(view) + "\n");
    return kExitDone;
  }
  console.print(status_text(view, console.form().output_is_terminal ? console.form().width : 0));
  if (view.recorded.quarantined > 0) {
    console.note(fmt::format("\n{} in quarantine: lakeflow quarantine list shows them", grouped(view.recorded.quarantined)));
  }
  return kExitDone;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .summary = "Show how far each table is, how far behind, what was rejected, what failed last, and the last runs",
          .description =
              "Opens the database for reading only; the source is not asked. While a run holds the database, that run answers, and\n"
              "says when each table is read next.",
          .examples = {"lakeflow status clinic.yaml", "lakeflow status clinic.yaml --watch"},
          .parameters = {pipeline_parameter(),
                         secrets_parameter(),
                         {.name = "runs", .help = "How many runs", .value = Parameter::Value::kCount, .default_value = "5"},
                         {.name = "watch", .help = "Draw it again every second, until Ctrl-C", .form = Parameter::Form::kFlag}},
          .run = run_status};
}

}  // namespace lakeflow
