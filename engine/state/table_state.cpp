#include "engine/state/table_state.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/ingest/committed_state.h"
#include "engine/ingest/refresh.h"

namespace lakeflow {
namespace {

class StateEditor {
 public:
  StateEditor(Transaction& transaction, const StateOwner& owner, const ByHand& by) : transaction_(transaction), owner_(owner), by_(by) {}

  Status replace(std::string_view name, const std::optional<std::string>& old_value, const std::optional<std::string>& new_value) {
    if (old_value == new_value) {
      return {};
    }
    LAKEFLOW_TRY(transaction_.put_state(owner_, name, new_value ? std::optional<std::string_view>(*new_value) : std::nullopt));
    return log(name, old_value, new_value);
  }

  Status forget_keys(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      LAKEFLOW_TRY(transaction_.put_state(owner_, name, std::nullopt));
    }
    return names.empty() ? Status() : log(kKeyedState, fmt::format("{} entries", names.size()), std::nullopt);
  }

 private:
  Status log(std::string_view name, const std::optional<std::string>& old_value, const std::optional<std::string>& new_value) {
    return transaction_.log_state_change(
        {.owner = owner_, .name = std::string(name), .old_value = old_value, .new_value = new_value, .changed_by = by_.user, .reason = by_.reason});
  }

  Transaction& transaction_;
  const StateOwner& owner_;
  const ByHand& by_;
};

}  // namespace

Result<TableState> read_table_state(Destination& destination, const StateOwner& owner) {
  TableState state;
  LAKEFLOW_ASSIGN(state.offset, find_offset(destination, owner, kOffsetState));
  LAKEFLOW_ASSIGN(state.deletes_offset, find_offset(destination, owner, kDeletesOffsetState));
  LAKEFLOW_ASSIGN(state.refresh_run, destination.find_state(owner, kRefreshState));
  LAKEFLOW_TRY(destination.scan_state(owner, kKeyedState, [&](std::string_view, std::string_view) -> Status {
    ++state.keys;
    return {};
  }));
  return state;
}

Status set_table_offset(Destination& destination, const StateOwner& owner, const Offset& offset, const ByHand& by) {
  std::vector<std::string> keys;
  LAKEFLOW_TRY(destination.scan_state(owner, kKeyedState, [&](std::string_view name, std::string_view) -> Status {
    keys.emplace_back(name);
    return {};
  }));
  std::vector<std::pair<std::string_view, std::optional<std::string>>> old_values;
  for (const std::string_view name : {kOffsetState, kDeletesOffsetState, kRefreshState}) {
    LAKEFLOW_ASSIGN(std::optional<std::string> value, destination.find_state(owner, name));
    old_values.emplace_back(name, std::move(value));
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, destination.begin());
  StateEditor editor(*transaction, owner, by);
  for (const auto& [name, old_value] : old_values) {
    const bool is_offset = name == kOffsetState && !offset.is_start();
    LAKEFLOW_TRY(editor.replace(name, old_value, is_offset ? std::optional<std::string>(offset.json()) : std::nullopt));
  }
  LAKEFLOW_TRY(editor.forget_keys(keys));
  return transaction->commit();
}

Status put_rereads(Destination& destination, const std::vector<TableReread>& rereads, const ByHand& by) {
  LAKEFLOW_ASSIGN(const std::unique_ptr<Transaction> transaction, destination.begin());
  for (const TableReread& reread : rereads) {
    StateEditor editor(*transaction, reread.owner, by);
    std::vector<std::pair<std::string, std::optional<std::string>>> changes = reread.again.state_delta.entries;
    for (auto& [name, value] : changes) {
      name.insert(0, kKeyedState);
    }
    changes.emplace_back(kOffsetState, reread.again.offset.json());
    for (const auto& [name, value] : changes) {
      LAKEFLOW_ASSIGN(const std::optional<std::string> old_value, destination.find_state(reread.owner, name));
      LAKEFLOW_TRY(editor.replace(name, old_value, value));
    }
  }
  return transaction->commit();
}

Status reset_table_state(Destination& destination, const StateOwner& owner, const ByHand& by) {
  return set_table_offset(destination, owner, Offset(), by);
}

}  // namespace lakeflow
