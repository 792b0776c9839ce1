#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "destinations/sql/connection.h"

namespace lakeflow {

// Rows of a table with history that stand in it no more, because their version is one with the next (ApplyPlan::merges_versions). They
// lie in `_lakeflow."merged_versions_of_<schema>.<table>"`, with the table's columns but for __START_AT and __END_AT, and with
// kKeptSinceColumn. Each belongs to a version that stands in the table.

inline constexpr const char* kKeptSinceColumn = "_lakeflow_kept_since";

TableName merged_versions_name(const TableName& table);
std::string merged_versions_table(const TableName& table);  // quoted

// Creates it where the plan needs it, or brings it to the plan's columns.
Status prepare_merged_versions(Connection& connection, const ApplyPlan& plan);

// Of the rows kept since before that time those that are not the first of their version.
Status forget_merged_versions(Connection& connection, const ApplyPlan& plan, TimestampMicros kept_before);

// Takes the rows away that a condition on the table's columns names, and returns how many; none where the table has no merged versions.
Result<std::uint64_t> erase_merged_versions(Connection& connection, const TableName& table, const std::string& condition);

// The table gets those of another, which stands in its place from now on.
Status replace_merged_versions(Connection& connection, const TableName& built, const TableName& table);

Status drop_merged_versions(Connection& connection, const TableName& table);

}  // namespace lakeflow
