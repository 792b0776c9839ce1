#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "engine/monitor/run_monitor.h"
#include "engine/pipeline/pipeline.h"
#include "libs/endpoint/loopback_endpoint.h"
#include "tools/lakeflow/command.h"

namespace lakeflow {

// --metrics and --metrics-file.
std::vector<Parameter> outlet_parameters();

// What a run tells tools that watch it: metrics and health on a loopback address, and metrics in a file, as the settings ask.
class RunOutlets {
 public:
  // The monitor and the log outlive it.
  static Result<std::unique_ptr<RunOutlets>> open(const Pipeline& pipeline, const RunMonitor& monitor, Logger& log);

  // "http://127.0.0.1:9464"; empty where no address is asked for.
  std::string url() const { return endpoint_ == nullptr ? std::string() : endpoint_->url(); }
  // Writes the file anew: its readers see the old one or the new one, whole. Where that fails the log is told, as no run fails for it.
  void write_metrics_file() const;

 private:
  RunOutlets(std::string metrics_file, const RunMonitor& monitor, Logger& log)
      : metrics_file_(std::move(metrics_file)), monitor_(monitor), log_(log) {}

  const std::string metrics_file_;
  const RunMonitor& monitor_;
  Logger& log_;
  std::unique_ptr<LoopbackEndpoint> endpoint_;
};

}  // namespace lakeflow
