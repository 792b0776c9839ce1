#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lakeflow {

// A record of the planted connector's source that somebody wrote.
struct PlantedWrite {
  std::string name;
  int revision = 0;
  bool deleted = false;
  int number = 0;     // of the writes to its table: later ones have later times
  bool late = false;  // has a time before all of them
};

// What was written to the planted connector's source, by table. Thread-safe.
class PlantedStore {
 public:
  void add(const std::string& table, std::string name, int revision, bool deleted, bool late = false) {
    const std::lock_guard lock(mutex_);
    std::vector<PlantedWrite>& writes = writes_[table];
    writes.push_back({std::move(name), revision, deleted, static_cast<int>(writes.size()), late});
  }
  std::vector<PlantedWrite> writes(const std::string& table) const {
    const std::lock_guard lock(mutex_);
    const auto found = writes_.find(table);
    return found == writes_.end() ? std::vector<PlantedWrite>() : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<PlantedWrite>> writes_;
};

}  // namespace lakeflow
