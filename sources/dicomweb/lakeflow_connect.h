#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sources/dicomweb/dicom_table.h"
#include "sources/dicomweb/dicomweb_options.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/row_count.h"
#include "sources/interface/write_back.h"

namespace lakeflow {

// The dicomweb connector: studies, series and instances of a DICOMweb server, by QIDO-RS; of an Orthanc, with what changed and what was deleted.
class DicomwebConnect final : public LakeflowConnect,
                              public DeletesInStream,
                              public OwnDecoder,
                              public OffsetInWords,
                              public ConnectionCheck,
                              public RowCount,
                              public WriteBack {
 public:
  // Options checked against connector_spec.yaml.
  static Result<std::unique_ptr<DicomwebConnect>> make(const Options& connection_options);
  explicit DicomwebConnect(DicomwebOptions options) : options_(std::move(options)) {}

  Result<std::vector<std::string>> list_tables() override { return dicom_table_names(); }
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) override;
  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) override;
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                   const ReadContext& context) override;

  bool deletes_in_stream(const TableRequest&) override { return true; }
  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) override;
  Result<std::string> offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) override;
  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) override;
  // Of an Orthanc alone: QIDO-RS does not count.
  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) override;
  // Likewise: DICOMweb's way to write (STOW-RS) has none to delete.
  Result<WritableTable> writable_table(const TableRequest& table) override;
  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) override;
  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) override;

 private:
  Result<DicomTable> find(std::string_view name, const Options& table_options) const {
    return DicomTable::find(name, options_.is_orthanc(), table_options);
  }
  const DicomwebOptions options_;
};

}  // namespace lakeflow
