#include "sources/healthcare/hl7v2/tables/table_rows.h"

#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/array/data.h>
#include <arrow/record_batch.h>

namespace lakeflow::hl7v2 {

std::shared_ptr<arrow::Schema> TableRows::schema() const { return arrow::schema(columns_.fields()); }

std::int64_t TableRows::begin_row(const MessageView& message, std::uint32_t segment_index) {
  const auto row = static_cast<std::int64_t>(records_.size());
  records_.push_back(message.record);
  ++tally_->rows;
  if (char* const id = record_id_.begin_value(RecordId::kSize)) {
    message.id.write(message.position, segment_index, id);
    record_id_.end_value(row, RecordId::kSize);
  }
  return row;
}

Result<DecodedTable> TableRows::finish() {
  if (schema_ == nullptr) {
    schema_ = schema();
  }
  const auto rows = static_cast<std::int64_t>(records_.size());
  if (rows == 0 && no_rows_ != nullptr) {
    DecodedTable nothing;
    nothing.rows = no_rows_;
    nothing.tells_of_rejects = tells_of_rejects();
    return nothing;
  }
  LAKEFLOW_ASSIGN(auto arrays, columns_.finish_columns(rows));
  DecodedTable table;
  table.tells_of_rejects = tells_of_rejects();
  table.rows = arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
  LAKEFLOW_ASSIGN(table.rescued, rescued_.finish(rows));
  table.records = std::exchange(records_, {});
  records_.reserve(static_cast<std::size_t>(rows + rows / 8));
  if (rows == 0) {
    no_rows_ = table.rows;
  }
  return table;
}

}  // namespace lakeflow::hl7v2
