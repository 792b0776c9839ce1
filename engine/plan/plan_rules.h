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

// The pipeline's primary_keys, else the source's. Empty only for an append table that has none.
Result<std::vector<ColumnPath>> find_keys(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema, ApplyMode mode);

// The pipeline's sequence_by, else the source's cursor_field; empty but for kChanges, as nothing else has an order.
Result<std::vector<ColumnPath>> find_sequences(const PipelineTable& table, const TableMetadata& metadata, const arrow::Schema& schema,
                                               ApplyMode mode);

// The source's columns and the framework's after them. A source's column that stands twice or bears a framework's name is an internal error.
Result<std::shared_ptr<arrow::Schema>> landed_schema(const arrow::Schema& source, ApplyMode mode);

// Of ChangeSlice::keys.
std::shared_ptr<arrow::Schema> keys_schema(const std::vector<ColumnPath>& keys, const std::vector<ColumnPath>& sequences);

}  // namespace lakeflow
