#include "tests/destination/subjects.h"

#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>

#include <filesystem>
#include <string>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/parquet/parquet_destination.h"
#include "destinations/parquet/parquet_file.h"
#include "testing/apply/memory_destination.h"
#include "testing/destination/slice_text.h"

namespace lakeflow::testing {

DestinationSubject duckdb_subject() {
  return {.name = "duckdb", .open = [](const std::filesystem::path& folder, bool read_only) {
            return open_duckdb({.path = (folder / "clinic.duckdb").string(), .memory_limit = 0, .read_only = read_only});
          }};
}

DestinationSubject parquet_subject() {
  DestinationSubject subject;
  subject.name = "parquet";
  subject.open = [](const std::filesystem::path& folder, bool read_only) {
    return open_parquet({.path = (folder / "lake").string(), .read_only = read_only});
  };
  // As one finds them who knows nothing of the log.
  subject.listed_ids = [](const std::filesystem::path& folder) -> std::string {
    std::string ids;
    std::error_code ignored;
    for (std::filesystem::recursive_directory_iterator entry(folder / "lake" / "clinic" / "t", ignored), end; entry != end;
         entry.increment(ignored)) {
      if (entry->path().extension() != ".parquet") continue;
      const Status read = read_parquet_file(entry->path(), [&](const std::shared_ptr<arrow::RecordBatch>& rows) -> Status {
        const auto& values = static_cast<const arrow::Int64Array&>(*rows->GetColumnByName("id"));
        for (std::int64_t row = 0; row < values.length(); ++row) ids += std::to_string(values.Value(row)) + "\n";
        return {};
      });
      if (!read) return text_of(read.error());
    }
    return ids;
  };
  return subject;
}

DestinationSubject memory_subject() {
  return {.name = "memory",
          .open = [](const std::filesystem::path&, bool) -> Result<std::unique_ptr<Destination>> { return make_memory_destination(); },
          .keeps = false,
          .has_sql = false};
}

}  // namespace lakeflow::testing
