#include "engine/continuous/changed_tables.h"

#include <algorithm>
#include <utility>

namespace lakeflow {

ChangedTables::ChangedTables(LakeflowConnect& connector, const std::vector<PipelineTable>& tables, const std::vector<std::string>& names,
                             Pause& pause, Logger& log)
    : pause_(pause) {
  auto* const signal = dynamic_cast<ChangeSignal*>(&connector);
  if (signal == nullptr) {
    return;
  }
  std::vector<TableRequest> requests;
  for (const PipelineTable& table : tables) {
    if (std::ranges::find(names, table.source_table) != names.end()) {
      requests.push_back({table.source_table, table.table_options});
    }
  }
  watch_ = signal->watch_changes(
      requests,
      [this](const std::vector<std::string>& changed) {
        {
          const std::lock_guard lock(mutex_);
          changed_.insert(changed.begin(), changed.end());
        }
        pause_.wake();
      },
      log);
}

bool ChangedTables::any() const {
  const std::lock_guard lock(mutex_);
  return !changed_.empty();
}

std::vector<std::string> ChangedTables::take() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> taken(changed_.begin(), changed_.end());
  changed_.clear();
  return taken;
}

}  // namespace lakeflow
