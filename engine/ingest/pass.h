#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/plan/table_plan.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/offset.h"

namespace lakeflow {

struct IngestRequest;

// One table of a run, planned.
struct PlannedTable {
  std::size_t number = 0;  // in RunReport::tables
  TableRequest request;
  TableMetadata metadata;
  std::shared_ptr<arrow::Schema> source_schema;
  TablePlan plan;
  TableName destination;  // the table that its readers know
  StateOwner owner;       // of that table: for logs and quarantine
  // Whose offsets it is read from. While a full refresh builds the table aside, the built table's owner, and the plan's target is the built
  // table (refresh.h); else the owner above.
  StateOwner state_owner;
  bool refreshing = false;
  bool starts_empty = false;          // a full refresh begins with this run
  std::vector<std::string> left_out;  // columns of the source that the table does not take (schema_contract: discard)
};

// Tables that are read together: one, or several of a SharedPass group that stand at equal offsets.
struct Pass {
  std::vector<PlannedTable> tables;  // shrinks when one of them fails
  bool shared = false;               // opened by read_tables
  bool snapshot = false;             // read as a whole, in one transaction, from the start
  bool reads_deletes = false;        // read_table_deletes follows (a pass of one table)
  Offset offset;                     // as committed; the start for a snapshot and a full refresh
  Offset deletes_offset;
};

// A table that the run can't read.
struct UnplannedTable {
  std::size_t number = 0;
  Error error;
};

struct RunPlan {
  std::vector<Pass> passes;  // in the order of their first tables
  std::vector<UnplannedTable> failures;
};

// Asks the connector about the tables, compiles their plans, looks up where they stand and groups them into passes. Their
// numbers are their places in `tables`. What concerns one table only is that table's failure.
RunPlan plan_passes(const IngestRequest& request, const std::vector<const PipelineTable*>& tables, TimestampMicros run_started_at);

}  // namespace lakeflow
