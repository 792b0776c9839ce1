#include "sources/dicomweb/lakeflow_connect.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sources/dicomweb/dicom_decoder.h"
#include "sources/dicomweb/dicomweb_check.h"
#include "sources/dicomweb/dicomweb_server.h"
#include "sources/dicomweb/orthanc_api.h"
#include "sources/dicomweb/orthanc_position.h"
#include "sources/dicomweb/orthanc_reader.h"
#include "sources/dicomweb/orthanc_write_back.h"
#include "sources/dicomweb/qido_snapshot_reader.h"

namespace lakeflow {

Result<std::unique_ptr<DicomwebConnect>> DicomwebConnect::make(const Options& connection_options) {
  LAKEFLOW_ASSIGN(DicomwebOptions options, DicomwebOptions::parse(connection_options));
  return std::make_unique<DicomwebConnect>(std::move(options));
}

Result<std::shared_ptr<arrow::Schema>> DicomwebConnect::get_table_schema(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(DicomTable table, find(table_name, table_options));
  return std::move(table.schema);
}

Result<TableMetadata> DicomwebConnect::read_table_metadata(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(const DicomTable table, find(table_name, table_options));
  return TableMetadata{.ingestion_type = table.of_orthanc ? IngestionType::kCdcWithDeletes : IngestionType::kSnapshot,
                       .primary_keys = {table.key_column()},
                       .cursor_field = table.of_orthanc ? "read_at" : "",
                       .subject_field = "patient_id"};
}

Result<std::unique_ptr<RecordReader>> DicomwebConnect::read_table(std::string_view table_name, const Offset& start_offset,
                                                                  const Options& table_options, const ReadContext& context) {
  LAKEFLOW_ASSIGN(DicomTable table, find(table_name, table_options));
  LAKEFLOW_ASSIGN(std::unique_ptr<DicomwebServer> server, DicomwebServer::connect(options_, *context.log));
  if (table.of_orthanc) {
    return OrthancReader::open(std::move(server), std::move(table), start_offset, context);
  }
  return std::make_unique<QidoSnapshotReader>(std::move(server), std::move(table), context);
}

Result<std::unique_ptr<Decoder>> DicomwebConnect::make_decoder(std::span<const TableRequest> tables) {
  if (tables.size() != 1) {
    return std::unexpected(Error::internal("a search reads one table at a time"));
  }
  LAKEFLOW_ASSIGN(DicomTable table, find(tables.front().table_name, tables.front().table_options));
  return make_dicom_decoder(std::move(table));
}

Result<std::string> DicomwebConnect::offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup&) {
  LAKEFLOW_TRY(find(table.table_name, table.table_options));
  LAKEFLOW_ASSIGN(const OrthancPosition position, OrthancPosition::parse(offset));
  return position.in_words();
}

Result<std::vector<CheckFinding>> DicomwebConnect::check_connection(std::span<const TableRequest> tables, const ReadContext& context) {
  std::vector<DicomTable> checked;
  for (const std::string& name : dicom_table_names()) {
    const auto asked = std::ranges::find(tables, name, &TableRequest::table_name);
    if (tables.empty() || asked != tables.end()) {
      LAKEFLOW_ASSIGN(DicomTable table, find(name, tables.empty() ? Options() : asked->table_options));
      checked.push_back(std::move(table));
    }
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<DicomwebServer> server, DicomwebServer::connect(options_, *context.log));
  return check_dicomweb_server(*server, checked, context.stop);
}

Result<std::optional<std::uint64_t>> DicomwebConnect::count_rows(const TableRequest& request, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const DicomTable table, find(request.table_name, request.table_options));
  if (!table.of_orthanc) {
    return std::nullopt;
  }
  LAKEFLOW_ASSIGN(const std::unique_ptr<DicomwebServer> server, DicomwebServer::connect(options_, *context.log));
  return OrthancApi(*server).count(table.level, context.stop);
}

Result<WritableTable> DicomwebConnect::writable_table(const TableRequest& request) {
  LAKEFLOW_ASSIGN(const DicomTable table, find(request.table_name, request.table_options));
  if (!table.of_orthanc) {
    return std::unexpected(Error::user("only an Orthanc is written to, and orthanc_url is not set"));
  }
  return WritableTable{.table = request};
}

Result<std::string> DicomwebConnect::put_record(const TableRequest& request, std::string_view name, int revision, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const DicomTable table, find(request.table_name, request.table_options));
  LAKEFLOW_ASSIGN(const std::unique_ptr<DicomwebServer> server, DicomwebServer::connect(options_, *context.log));
  return put_orthanc_record(*server, table, name, revision, context.stop);
}

Status DicomwebConnect::delete_record(const TableRequest& request, std::string_view name, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const DicomTable table, find(request.table_name, request.table_options));
  LAKEFLOW_ASSIGN(const std::unique_ptr<DicomwebServer> server, DicomwebServer::connect(options_, *context.log));
  return delete_orthanc_record(*server, table, name, context.stop);
}

}  // namespace lakeflow
