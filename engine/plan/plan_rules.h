#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/apply_plan.h"
#include "engine/pipeline/pipeline.h"
#include "engine/plan/column_path.h"
#include "sources/interface/table_metadata.h"

namespace lakeflow {

// The decisions that make a plan (the rules: table_plan.h). All errors are user errors that name table and column.

Result<ApplyMode> choose_mode(const PipelineTable& table, const TableMetadata& metadata);

HistoryMode choose_history(const PipelineTable& table, ApplyMode mode);

// The pipeline's primary_keys, else the source's. Empty only for an append table that has none.
Result<std::vector<ColumnPath>> find_keys(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema, ApplyMode mode);

// The pipeline's sequence_by, else the source's cursor_field; empty but for kChanges, as nothing else has an order.
Result<std::vector<ColumnPath>> find_sequences(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema,
                                               ApplyMode mode);

// The columns whose changes make no version: the pipeline's track_history_except and, where that is given, the sequence, which
// no two versions share. Empty where every upsert is a version of its own.
Result<std::vector<ColumnPath>> find_untracked(const PipelineTable& table, const arrow::Schema& schema, const ApplyPlan& plan,
                                               const std::vector<ColumnPath>& sequences);

// That cluster_by names columns of the table.
Status check_clustering(const PipelineTable& table, const arrow::Schema& schema);

// The source's columns and the framework's after them, by the plan's mode, history and merges_versions. A source's column that stands
// twice or bears a framework's name is an internal error.
Result<std::shared_ptr<arrow::Schema>> landed_schema(const arrow::Schema& source, const ApplyPlan& plan, const std::vector<ColumnPath>& sequences);

// Of ChangeSlice::rows and ChangeSlice::keys.
std::shared_ptr<arrow::Schema> rows_schema(const ApplyPlan& plan);
std::shared_ptr<arrow::Schema> keys_schema(const ApplyPlan& plan, const std::vector<ColumnPath>& keys, const std::vector<ColumnPath>& sequences);

}  // namespace lakeflow
