#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

// The tables of `_lakeflow` (docs/state.md) that are rows in files like any other table's. They are never published: they stay in
// _lakeflow/staged.
inline const TableName kVersionTable = {"_lakeflow", "version"};
inline const TableName kQuarantineTable = {"_lakeflow", "quarantine"};
inline const TableName kRunsTable = {"_lakeflow", "runs"};
inline const TableName kPassesTable = {"_lakeflow", "passes"};
inline const TableName kCommitsTable = {"_lakeflow", "commits"};

inline const TableName kFailuresTable = {"_lakeflow", "failures"};
inline const TableName kStateChangesTable = {"_lakeflow", "state_changes"};
inline const TableName kErasuresTable = {"_lakeflow", "erasures"};
inline const TableName kQuarantineChangesTable = {"_lakeflow", "quarantine_changes"};

bool is_system_table(const TableName& table);

// All of them, as plans that append.
const std::vector<ApplyPlan>& system_table_plans();
const std::shared_ptr<arrow::Schema>& system_table_schema(const TableName& table);

// The version of docs/state.md that these tables are.
Result<std::shared_ptr<arrow::RecordBatch>> version_rows();
Result<std::shared_ptr<arrow::RecordBatch>> quarantine_rows(std::string_view run_id, std::string_view pipeline,
                                                            std::span<const QuarantinedRecord> records, const std::vector<bool>& is_new,
                                                            std::int64_t line);
Result<std::shared_ptr<arrow::RecordBatch>> quarantine_change_rows(std::span<const QuarantineChange> changes, std::int64_t line);
Result<std::shared_ptr<arrow::RecordBatch>> pass_row(std::string_view run_id, const PassCommit& pass);
Result<std::shared_ptr<arrow::RecordBatch>> commit_rows(std::string_view run_id, const PassCommit& pass, std::span<const TableCommit> tables);

Result<std::shared_ptr<arrow::RecordBatch>> failure_rows(std::string_view run_id, std::span<const TableFailure> failures);
Result<std::shared_ptr<arrow::RecordBatch>> state_change_row(const StateChange& change);

Result<std::shared_ptr<arrow::RecordBatch>> erasure_row(const ErasureRecord& record);

// A run's line is written anew each time that it changes; `line` says which is the newest. newest_runs_sql is the SELECT of those out of
// a SELECT of all.
Result<std::shared_ptr<arrow::RecordBatch>> run_row(const RunLine& run, std::int64_t line);
std::string newest_runs_sql(std::string_view all_lines_sql);

// An entry of the quarantine is a line with its bytes, and one without them for each time that it was seen again; what was done with it is in
// quarantine_changes. `line` is the commit's number: the later of the two says whether it is open. quarantine_sql is the SELECT of
// the entries as docs/state.md has them; quarantine_id_sql the id of a line, of lakes of an older version, too.
std::string quarantine_sql(std::string_view all_lines_sql, std::string_view changes_sql);
std::string quarantine_id_sql();

}  // namespace lakeflow
