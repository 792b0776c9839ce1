#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace arrow {
class RecordBatch;
class Schema;
}  // namespace arrow

namespace lakeflow {

// How a table's rows are laid out in folders, as Hive does and all readers know: "site=north/". An entry of partition_by is a column's name,
// whose values then stand in the folders' names and not in the files; or "message_datetime:day" or ":month" of a timestamp or a date, which
// adds a folder message_datetime_day=2024-05-01 and leaves the column in the files.

// A user error that names the entry where there is no such column, or its type has no short text.
Status check_partition_by(const arrow::Schema& schema, const std::vector<std::string>& partition_by);

// The schema without the columns that stand in the folders' names: that of published files.
std::shared_ptr<arrow::Schema> published_schema(const arrow::Schema& schema, const std::vector<std::string>& partition_by);

// The rows parted by folder ("site=north/message_datetime_day=2024-05-01"), with the schema's own columns still in them.
Result<std::map<std::string, std::shared_ptr<arrow::RecordBatch>>> part_rows(const std::shared_ptr<arrow::RecordBatch>& rows,
                                                                             const std::vector<std::string>& partition_by);

// The rows of a published file with the columns that its path names, in the schema's types.
Result<std::shared_ptr<arrow::RecordBatch>> with_folder_columns(std::shared_ptr<arrow::RecordBatch> rows, const std::string& path,
                                                                const arrow::Schema& schema, const std::vector<std::string>& partition_by);

// For DuckDB: what read_parquet must know of the folders, and what to SELECT of what it then gives: the columns of the table that are there.
std::string hive_arguments_sql(const std::vector<std::string>& partition_by);
std::string partitioned_columns_sql(const arrow::Schema& schema, const std::vector<std::string>& partition_by);

}  // namespace lakeflow
