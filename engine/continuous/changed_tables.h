#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/logging.h"
#include "engine/continuous/pause.h"
#include "engine/pipeline/pipeline.h"
#include "sources/interface/change_signal.h"

namespace lakeflow {

// The tables in which something may be new, as a connector that notices it (ChangeSignal) says, until they are taken.
class ChangedTables {
 public:
  // Wakes the pause at each signal. All outlive this.
  ChangedTables(LakeflowConnect& connector, const std::vector<PipelineTable>& tables, const std::vector<std::string>& names, Pause& pause,
                Logger& log);

  bool any() const;
  std::vector<std::string> take();

 private:
  Pause& pause_;
  mutable std::mutex mutex_;
  std::set<std::string> changed_;
  std::unique_ptr<ChangeWatch> watch_;  // the last: it uses the others
};

}  // namespace lakeflow
