#include "engine/ingest/committed_state.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace lakeflow {
namespace {

std::string state_name(std::string_view key) { return std::string(kKeyedState).append(key); }

Error detached_error() { return Error::interrupted("the run has ended"); }

}  // namespace

Result<Offset> find_offset(Destination& destination, const StateOwner& owner, std::string_view name) {
  LAKEFLOW_ASSIGN(std::optional<std::string> json, destination.find_state(owner, name));
  return json ? Offset(*std::move(json)) : Offset();
}

Status put_offset(Transaction& transaction, const StateOwner& owner, std::string_view name, const Offset& offset) {
  return transaction.put_state(owner, name, offset.is_start() ? std::nullopt : std::optional<std::string_view>(offset.json()));
}

Status put_keyed_state(Transaction& transaction, const StateOwner& owner, const StateDelta& delta) {
  const auto put = [&](const StateDelta::Entries& entries) -> Status {
    for (const auto& [key, value] : entries) {
      LAKEFLOW_TRY(transaction.put_state(owner, state_name(key), value ? std::optional<std::string_view>(*value) : std::nullopt));
    }
    return {};
  };
  LAKEFLOW_TRY(put(delta.entries));
  const auto own = delta.of_table.find(owner.source_table);
  return own == delta.of_table.end() ? Status() : put(own->second);
}

Result<std::optional<std::string>> CommittedState::find(std::string_view key) const {
  const std::shared_lock lock(mutex_);
  if (destination_ == nullptr) {
    return std::unexpected(detached_error());
  }
  if (empty_) {
    return std::nullopt;
  }
  return destination_->find_state(owner_, state_name(key));
}

Status CommittedState::scan(std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const {
  return scan_owner(owner_, prefix, visit);
}

Status CommittedState::scan_of(std::string_view table, std::string_view prefix,
                               const std::function<Status(std::string_view, std::string_view)>& visit) const {
  const auto other = std::ranges::find(others_, table, &StateOwner::source_table);
  return scan_owner(other == others_.end() ? owner_ : *other, prefix, visit);
}

Status CommittedState::scan_owner(const StateOwner& owner, std::string_view prefix,
                                  const std::function<Status(std::string_view, std::string_view)>& visit) const {
  const std::shared_lock lock(mutex_);
  if (destination_ == nullptr) {
    return std::unexpected(detached_error());
  }
  if (empty_) {
    return {};
  }
  return destination_->scan_state(owner, state_name(prefix),
                                  [&](std::string_view name, std::string_view value) { return visit(name.substr(kKeyedState.size()), value); });
}

void CommittedState::detach() {
  const std::unique_lock lock(mutex_);
  destination_ = nullptr;
}

}  // namespace lakeflow
