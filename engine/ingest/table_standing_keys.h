#pragma once

#include <optional>
#include <shared_mutex>
#include <string>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/interface/destination.h"
#include "sources/interface/standing_keys.h"
#include "sources/interface/table_metadata.h"

namespace lakeflow {

struct StandingKeysQuery {
  std::string of_keys;      // gives the keys of the table, and their cursors
  std::string of_subjects;  // gives with them whom each row is about
  std::string of_table;     // fails with a user error where there is no such table
};

// Of a plan's table; nothing where the table is none whose keys can be told: its rows have no keys or several
// columns of them, one that is not text, or another than the source's.
std::optional<StandingKeysQuery> standing_keys_query(const ApplyPlan& plan, const TableMetadata& metadata);

// The keys that stand in a table of a destination, for the table's reader.
class TableStandingKeys final : public StandingKeys {
 public:
  // `empty`: as after a full refresh that is not committed yet.
  TableStandingKeys(Destination& destination, StandingKeysQuery query, bool empty)
      : destination_(&destination), query_(std::move(query)), empty_(empty) {}

  Status scan(const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor)>& visit) const override;
  Status scan_subjects(
      const std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor, std::string_view subjects)>& visit) const override;

  // As CommittedState::detach().
  void detach();

 private:
  using Visit = std::function<Status(std::string_view key, std::optional<TimestampMicros> cursor, std::string_view subjects)>;
  Status scan_rows(const std::string& query, const Visit& visit) const;

  mutable std::shared_mutex mutex_;
  Destination* destination_;
  const StandingKeysQuery query_;
  const bool empty_;
};

}  // namespace lakeflow
