#include "testing/connector/simulated_writes.h"

#include <utility>

#include "simulator/api/api_simulator.h"

namespace lakeflow {
namespace {

std::string place_of(std::string_view endpoint, std::string_view name) { return std::string(endpoint) + "/" + std::string(name); }

}  // namespace

SimulatedWrites::SimulatedWrites(ApiSimulator& simulator, std::map<std::string, std::string, std::less<>> endpoints)
    : simulator_(simulator), endpoints_(std::move(endpoints)) {}

std::string_view SimulatedWrites::endpoint_of(const TableRequest& table) const {
  const auto other = endpoints_.find(table.table_name);
  return other == endpoints_.end() ? table.table_name : other->second;
}

Result<WritableTable> SimulatedWrites::writable_table(const TableRequest& table) {
  LAKEFLOW_ASSIGN(const ApiEndpoint endpoint, simulator_.endpoint(endpoint_of(table)));
  return WritableTable{.table = table,
                       .key = endpoint.key,
                       // Of a list below a parent: the parent's, which moves with it or should.
                       .bears_times = !endpoint.modified.empty() || !endpoint.parent.empty(),
                       .changes_records = endpoint.writable,
                       .tells_of_deletes = endpoint.deletes.has_value() || !endpoint.parent.empty()};
}

Result<std::string> SimulatedWrites::put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) {
  return put_record_late(table, name, revision, 0, context);
}

Result<std::string> SimulatedWrites::put_record_late(const TableRequest& table, std::string_view name, int revision, TimestampMicros late,
                                                     const ReadContext&) {
  const std::string_view endpoint = endpoint_of(table);
  LAKEFLOW_ASSIGN(std::string key, simulator_.put_like(endpoint, name, revision, late));
  keys_.insert_or_assign(place_of(endpoint, name), key);
  return key;
}

Status SimulatedWrites::delete_record(const TableRequest& table, std::string_view name, const ReadContext&) {
  const std::string_view endpoint = endpoint_of(table);
  const auto known = keys_.find(place_of(endpoint, name));
  if (known == keys_.end()) {
    return {};
  }
  const std::string key = known->second;
  keys_.erase(known);
  return simulator_.remove(endpoint, key);
}

}  // namespace lakeflow
