#pragma once

#include <string>
#include <string_view>

#include "engine/monitor/process_snapshot.h"
#include "engine/monitor/process_usage.h"

namespace lakeflow {

// The snapshot in Prometheus's text format (version 0.0.4), documented in docs/operating.md. Labels are names of pipelines and tables, codes and
// outcomes: no messages, no origins.
std::string metrics_text(const ProcessSnapshot& snapshot, const ProcessUsage& usage, std::string_view program_version);

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace lakeflow
