#include "engine/quarantine/quarantine_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include <memory>

namespace lakeflow {

Status for_each_batch(Destination& destination, const std::string& sql, const std::function<Status(const arrow::RecordBatch&)>& visit) {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::RecordBatchReader> reader, destination.query(sql));
  while (true) {  // ends with the reader
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = reader->ReadNext(&batch); !status.ok()) {
      return std::unexpected(Error::destination("the quarantine could not be read: " + status.message()));
    }
    if (batch == nullptr) {
      return {};
    }
    LAKEFLOW_TRY(visit(*batch));
  }
}

std::string text_at(const arrow::RecordBatch& rows, const char* column, std::int64_t row) {
  const std::shared_ptr<arrow::Array> values = rows.GetColumnByName(column);
  if (values == nullptr || values->IsNull(row)) {
    return {};
  }
  const auto scalar = values->GetScalar(row);
  return scalar.ok() ? (*scalar)->ToString() : std::string();
}

std::string bytes_at(const arrow::RecordBatch& rows, const char* column, std::int64_t row) {
  const std::shared_ptr<arrow::Array> values = rows.GetColumnByName(column);
  if (const auto* large = dynamic_cast<const arrow::LargeBinaryArray*>(values.get()); large != nullptr) {
    return std::string(large->GetView(row));
  }
  return std::string(static_cast<const arrow::BinaryArray&>(*values).GetView(row));
}

}  // namespace lakeflow
