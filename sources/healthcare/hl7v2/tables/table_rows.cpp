#include "sources/healthcare/hl7v2/tables/table_rows.h"

#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>

namespace lakeflow::hl7v2 {

std::shared_ptr<arrow::Schema> TableRows::schema() const { return arrow::schema(columns_.fields()); }

std::int64_t TableRows::begin_row(const MessageView& message, std::uint32_t segment_index) {
  const auto row = static_cast<std::int64_t>(records_.size());
  records_.push_back(message.record);
  const RecordId::Text id = message.id.text(message.position, segment_index);
  record_id_.set(row, {id.data(), id.size()});
  return row;
}

void TableRows::end_row() { rescued_.end_row(static_cast<std::int64_t>(records_.size()) - 1); }

Result<DecodedTable> TableRows::finish() {
  if (schema_ == nullptr) {
    schema_ = schema();
  }
  const auto rows = static_cast<std::int64_t>(records_.size());
  LAKEFLOW_ASSIGN(auto arrays, columns_.finish_columns(rows));
  DecodedTable table;
  table.rows = arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
  LAKEFLOW_ASSIGN(table.rescued, rescued_.finish(rows));
  table.records = std::exchange(records_, {});
  return table;
}

}  // namespace lakeflow::hl7v2
