#include "engine/ingest/refresh.h"

#include <utility>

namespace lakeflow {
namespace {

constexpr std::string_view kBuiltSuffix = "__refresh";

}  // namespace

TableName built_table(TableName table) {
  table.table += kBuiltSuffix;
  return table;
}

StateOwner built_owner(StateOwner owner) {
  owner.destination_table += kBuiltSuffix;
  return owner;
}

Status begin_refresh(Transaction& transaction, const PlannedTable& table, std::string_view run_id) {
  LAKEFLOW_TRY(transaction.reset_table(table.state_owner, table.plan.apply_plan()));
  return transaction.put_state(table.owner, kRefreshState, run_id);
}

Status finish_refresh(Transaction& transaction, const PlannedTable& table) {
  return transaction.replace_table(
      {.built_owner = table.state_owner, .built = table.plan.apply_plan().target, .owner = table.owner, .table = table.destination});
}

}  // namespace lakeflow
