#pragma once

#include <map>
#include <string>
#include <string_view>

#include "sources/interface/write_back.h"

namespace lakeflow {

class ApiSimulator;

// Writes to a simulated source as its own users do, so that the suite sees changes, deletions and late commits arrive though the connector can't
// write itself (SuiteRequest::source_writes):
//
//   SimulatedWrites writes(*simulator);
//   EXPECT_THAT(suite_failures(shop_connector(), options, {"orders"}, {.source_writes = &writes}), IsEmpty());
//
// Records are like those that are there. Those of an endpoint that is not `writable` count as never changed. Used by one thread at a time; the
// simulator outlives it.
class SimulatedWrites final : public WriteBack, public LateWriteBack {
 public:
  // `endpoints`: those of tables that have another name, by table.
  explicit SimulatedWrites(ApiSimulator& simulator, std::map<std::string, std::string, std::less<>> endpoints = {});

  Result<WritableTable> writable_table(const TableRequest& table) override;
  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) override;
  Result<std::string> put_record_late(const TableRequest& table, std::string_view name, int revision, TimestampMicros late,
                                      const ReadContext& context) override;
  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) override;

 private:
  std::string_view endpoint_of(const TableRequest& table) const;

  ApiSimulator& simulator_;
  const std::map<std::string, std::string, std::less<>> endpoints_;
  std::map<std::string, std::string, std::less<>> keys_;  // of the records that stand, by endpoint and name
};

}  // namespace lakeflow
