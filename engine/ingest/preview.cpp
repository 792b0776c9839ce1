#include "engine/ingest/preview.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "base/arrow_error.h"
#include "destinations/interface/framework_columns.h"
#include "engine/ingest/decode_batch.h"
#include "engine/ingest/raw_batcher.h"

namespace lakeflow {
namespace {

Status add_rows(Preview& preview, const DecodedTable& table, std::size_t wanted) {
  const auto room = static_cast<std::int64_t>(wanted - preview.rows);
  const std::shared_ptr<arrow::RecordBatch> rows = table.rows->Slice(0, std::min(room, table.rows->num_rows()));
  std::shared_ptr<arrow::Array> rescued;
  if (table.rescued != nullptr) {
    rescued = table.rescued->Slice(0, rows->num_rows());
  } else {
    LAKEFLOW_ASSIGN(rescued, from_arrow(arrow::MakeArrayOfNull(arrow::utf8(), rows->num_rows())));
  }
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::RecordBatch> batch,
                  from_arrow(rows->AddColumn(rows->num_columns(), arrow::field(std::string(kRescuedDataColumn), arrow::utf8()), rescued)));
  preview.rows += static_cast<std::uint64_t>(batch->num_rows());
  preview.batches.push_back(std::move(batch));
  return {};
}

Status add_records(Preview& preview, Decoder& decoder, const RawRecords& raw, std::size_t wanted) {
  LAKEFLOW_ASSIGN(const DecodedRecords decoded, decoder.decode(raw));
  preview.records_read += raw.records.size() + raw.broken.size();
  for (const BrokenRecord& broken : raw.broken) {
    ++preview.rejects[broken.reason];
  }
  for (const Reject& reject : decoded.rejects) {
    ++preview.rejects[reject.reason];
  }
  for (const auto* filtered : {&raw.filtered, &decoded.filtered}) {
    for (const auto& [reason, count] : *filtered) {
      preview.filtered[reason] += count;
    }
  }
  for (const auto& [reason, count] : raw.filtered) {
    preview.records_read += count;
  }
  if (decoded.tables.size() != 1) {
    return std::unexpected(Error::internal("the connector's decoder was made for one table and gave another number"));
  }
  return decoded.tables.front().rows->num_rows() == 0 ? Status() : add_rows(preview, decoded.tables.front(), wanted);
}

Result<std::unique_ptr<RecordReader>> open_reader(const PreviewRequest& request, const ReadContext& context) {
  if (auto* shared = dynamic_cast<SharedPass*>(request.connector); shared != nullptr && !shared->pass_group(request.table).empty()) {
    return shared->read_tables({&request.table, 1}, Offset(), context);
  }
  return request.connector->read_table(request.table.table_name, Offset(), request.table.table_options, context);
}

}  // namespace

Result<Preview> preview(const PreviewRequest& request) {
  LakeflowConnect& connector = *request.connector;
  const TableRequest& table = request.table;
  Preview preview;
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Schema> schema, connector.get_table_schema(table.table_name, table.table_options));
  LAKEFLOW_ASSIGN(preview.metadata, connector.read_table_metadata(table.table_name, table.table_options));
  LAKEFLOW_ASSIGN(preview.schema, from_arrow(schema->AddField(schema->num_fields(), arrow::field(std::string(kRescuedDataColumn), arrow::utf8()))));
  LAKEFLOW_ASSIGN(const std::unique_ptr<Decoder> decoder, make_pass_decoder(connector, "of the table " + table.table_name, {&table, 1}, schema));

  ReadContext context{.stop = request.stop, .deadline = {}, .log = request.log, .state = nullptr};
  context.batch_bytes = 256U << 10U;  // a few rows are wanted
  LAKEFLOW_ASSIGN(const std::unique_ptr<RecordReader> reader, open_reader(request, context));
  while (preview.rows < request.rows) {
    LAKEFLOW_ASSIGN(auto step, reader->next());
    if (std::holds_alternative<End>(step)) {
      break;
    }
    RawBatcher batcher;
    std::vector<RawRecords> batches = batcher.add(std::move(std::get<RawRecords>(step)));
    if (auto rest = batcher.take()) {
      batches.push_back(*std::move(rest));
    }
    for (const RawRecords& batch : batches) {
      if (preview.rows < request.rows) {
        LAKEFLOW_TRY(add_records(preview, *decoder, batch, request.rows));
      }
    }
  }
  return preview;
}

}  // namespace lakeflow
