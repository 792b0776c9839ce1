#include "tools/lakeflow/run_outlets.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/monitor/health.h"
#include "engine/monitor/metrics_text.h"
#include "tools/lakeflow/setting_flags.h"

namespace lakeflow {
namespace {

std::string metrics_of(const RunMonitor& monitor) { return metrics_text(monitor.snapshot(), process_usage(), LAKEFLOW_VERSION); }

LoopbackEndpoint::Page health_page(const RunMonitor& monitor) {
  const Health health = judge(monitor.snapshot());
  return {.status = health.healthy() ? 200 : 503,
          .content_type = "text/plain; charset=utf-8",
          .body = health.healthy() ? "healthy\n" : fmt::format("{}\n", fmt::join(health.problems, "\n"))};
}

// Collectors of metrics run as users of their own, and nothing in the file is secret.
constexpr mode_t kReadableByAll = 0644;

Status replace_file(const std::string& path, std::string_view text) {
  const auto failure = [&] {
    return std::unexpected(Error::user(fmt::format("the metrics file {} can't be written ({})", path, std::generic_category().message(errno)),
                                       "set metrics_file to a file in a folder that can be written"));
  };
  // Beside it, under a name that collectors of *.prom don't take.
  const std::string unfinished = fmt::format("{}.{}.tmp", path, ::getpid());
  const int file = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kReadableByAll);
  if (file < 0) {
    return failure();
  }
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fchmod(file, kReadableByAll) == 0;
  const bool closed = ::close(file) == 0;
  if (!whole || !closed || ::rename(unfinished.c_str(), path.c_str()) != 0) {
    const auto error = failure();
    ::unlink(unfinished.c_str());
    return error;
  }
  return {};
}

}  // namespace

std::vector<Parameter> outlet_parameters() {
  return {
      setting_parameter("metrics", "Answer with metrics and health on this loopback address while running, as 127.0.0.1:9464"),
      setting_parameter("metrics-file", "Write metrics to this file after each run, as Prometheus's collectors read it", Parameter::Value::kFile)};
}

Result<std::unique_ptr<RunOutlets>> RunOutlets::open(const Pipeline& pipeline, const RunMonitor& monitor, Logger& log) {
  std::unique_ptr<RunOutlets> outlets(new RunOutlets(pipeline.settings.metrics_file, monitor, log));
  if (!pipeline.settings.metrics.empty()) {
    LAKEFLOW_ASSIGN(outlets->endpoint_, LoopbackEndpoint::start(pipeline.settings.metrics,
                                                                {{"/metrics",
                                                                  [&monitor] {
                                                                    return LoopbackEndpoint::Page{.status = 200,
                                                                                                  .content_type = std::string(kMetricsContentType),
                                                                                                  .body = metrics_of(monitor)};
                                                                  }},
                                                                 {"/healthz", [&monitor] { return health_page(monitor); }}}));
    log.log(LogLevel::kInfo, "metrics are served", {{"url", outlets->url() + "/metrics"}});
  }
  if (!outlets->metrics_file_.empty()) {
    LAKEFLOW_TRY(replace_file(outlets->metrics_file_, metrics_of(monitor)));  // a place that can't be written is said at once
  }
  return outlets;
}

void RunOutlets::write_metrics_file() const {
  if (metrics_file_.empty()) {
    return;
  }
  if (const Status written = replace_file(metrics_file_, metrics_of(monitor_)); !written) {
    log_.log(LogLevel::kWarning, written.error().message());
  }
}

}  // namespace lakeflow
