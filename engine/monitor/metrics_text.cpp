#include "engine/monitor/metrics_text.h"

#include <array>
#include <functional>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') {
        out += '\\';
      }
      out += c;
    }
  }
  return out;
}

// Writes families of samples, each with its help and type before the first sample.
class MetricsWriter {
 public:
  explicit MetricsWriter(std::string_view pipeline) : pipeline_(escaped(pipeline)) {}

  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <typename Number>
  void sample(Labels labels, Number value) {
    text_ += fmt::format("{}{{pipeline=\"{}\"", name_, pipeline_);
    for (const auto& [label, text] : labels) {
      text_ += fmt::format(",{}=\"{}\"", label, escaped(text));
    }
    text_ += fmt::format("}} {}\n", value);
  }
  // Of the process as a whole.
  template <typename Number>
  void plain_sample(Number value) {
    text_ += fmt::format("{} {}\n", name_, value);
  }
  std::string take() { return std::move(text_); }

 private:
  const std::string pipeline_;
  std::string name_;
  std::string text_;
};

double seconds(TimestampMicros time) { return static_cast<double>(time) / 1e6; }

void write_rows(MetricsWriter& metrics, const ProcessSnapshot& snapshot) {
  using Outcome = std::pair<std::string_view, std::function<std::uint64_t(const TableSnapshot&)>>;
  const std::array<Outcome, 7> outcomes = {{{"inserted", [](const TableSnapshot& table) { return table.counts.inserted; }},
                                            {"updated", [](const TableSnapshot& table) { return table.counts.updated; }},
                                            {"unchanged", [](const TableSnapshot& table) { return table.counts.unchanged; }},
                                            {"superseded", [](const TableSnapshot& table) { return table.counts.superseded; }},
                                            {"deleted", [](const TableSnapshot& table) { return table.counts.deleted; }},
                                            {"absent", [](const TableSnapshot& table) { return table.counts.absent; }},
                                            {"rejected", [](const TableSnapshot& table) { return table.rejected; }}}};
  metrics.family("lakeflow_rows_total", "counter", "Rows that were committed, by what became of them.");
  for (const TableSnapshot& table : snapshot.tables) {
    for (const auto& [outcome, count] : outcomes) {
      metrics.sample({{"table", table.destination_table}, {"outcome", outcome}}, count(table));
    }
  }
  metrics.family("lakeflow_rescued_rows_total", "counter", "Rows with values in _rescued_data.");
  for (const TableSnapshot& table : snapshot.tables) {
    metrics.sample({{"table", table.destination_table}}, table.rescued);
  }
}

void write_tables(MetricsWriter& metrics, const ProcessSnapshot& snapshot) {
  metrics.family("lakeflow_last_success_timestamp_seconds", "gauge", "When the table was last read to its end, since the process began.");
  for (const TableSnapshot& table : snapshot.tables) {
    if (table.last_success_at) {
      metrics.sample({{"table", table.destination_table}}, fmt::format("{:.3f}", seconds(*table.last_success_at)));
    }
  }
  metrics.family("lakeflow_lag_seconds", "gauge", "Time since the table was last read to its end, or since the process began.");
  for (const TableSnapshot& table : snapshot.tables) {
    const TimestampMicros since = table.last_success_at.value_or(snapshot.started_at);
    metrics.sample({{"table", table.destination_table}}, fmt::format("{:.3f}", seconds(snapshot.taken_at - since)));
  }
  metrics.family("lakeflow_consecutive_failures", "gauge", "Failures of the table in a row; 0 where the last run read it to its end.");
  for (const TableSnapshot& table : snapshot.tables) {
    metrics.sample({{"table", table.destination_table}}, table.failures);
  }
  metrics.family("lakeflow_next_run_seconds", "gauge", "Time until the table is read again, longer than the interval where it is backed off.");
  for (const TableSnapshot& table : snapshot.tables) {
    if (table.next_run_at) {
      metrics.sample({{"table", table.destination_table}}, fmt::format("{:.3f}", std::max(0.0, seconds(*table.next_run_at - snapshot.taken_at))));
    }
  }
}

void write_runs(MetricsWriter& metrics, const ProcessSnapshot& snapshot) {
  metrics.family("lakeflow_runs_total", "counter", "Runs that have ended, by outcome.");
  for (const std::string_view outcome : {"done", "partial", "failed", "interrupted"}) {
    const auto found = snapshot.runs.find(std::string(outcome));
    metrics.sample({{"outcome", outcome}}, found == snapshot.runs.end() ? 0 : found->second);
  }
  if (snapshot.last_run_seconds) {
    metrics.family("lakeflow_last_run_duration_seconds", "gauge", "How long the last run took.");
    metrics.sample({}, fmt::format("{:.3f}", *snapshot.last_run_seconds));
  }
  metrics.family("lakeflow_run_active", "gauge", "1 while a run is under way.");
  metrics.sample({}, snapshot.run_id.empty() ? 0 : 1);
  metrics.family("lakeflow_read_bytes_total", "counter", "Bytes of raw records that were read and committed.");
  metrics.sample({}, snapshot.bytes_read);
  metrics.family("lakeflow_read_records_total", "counter", "Raw records that were read and committed.");
  metrics.sample({}, snapshot.records_read);
  metrics.family("lakeflow_rejects_total", "counter", "Records and rows that went to quarantine, by reason.");
  for (const auto& [reason, count] : snapshot.rejects) {
    metrics.sample({{"reason", reason}}, count);
  }
}

}  // namespace

std::string metrics_text(const ProcessSnapshot& snapshot, const ProcessUsage& usage, std::string_view program_version) {
  MetricsWriter metrics(snapshot.pipeline);
  metrics.family("lakeflow_build_info", "gauge", "Always 1; the version is its label.");
  metrics.sample({{"version", program_version}}, 1);
  write_rows(metrics, snapshot);
  write_tables(metrics, snapshot);
  write_runs(metrics, snapshot);
  metrics.family("process_start_time_seconds", "gauge", "When the process began.");
  metrics.plain_sample(fmt::format("{:.3f}", seconds(snapshot.started_at)));
  metrics.family("process_resident_memory_bytes", "gauge", "Memory that the process holds.");
  metrics.plain_sample(usage.resident_bytes);
  metrics.family("process_open_fds", "gauge", "Files that the process has open.");
  metrics.plain_sample(usage.open_files);
  metrics.family("process_cpu_seconds_total", "counter", "Time of processors that the process has used.");
  metrics.plain_sample(fmt::format("{:.2f}", usage.cpu_seconds));
  return metrics.take();
}

}  // namespace lakeflow
