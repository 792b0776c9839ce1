#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sources/healthcare/table_family.h"
#include "sources/interface/change_signal.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/read_again.h"
#include "sources/interface/records_from_bytes.h"
#include "sources/interface/row_count.h"
#include "sources/interface/write_back.h"

namespace lakeflow {

// The healthcare connector: FHIR R4 servers and HL7 v2 messages. It holds no knowledge of either; each is a TableFamily,
// there when the connection's options reach it (fhir_base_url, storage_path), and every call goes to the family of the table.
class HealthcareConnect final : public LakeflowConnect,
                                public SharedPass,
                                public DeletesInStream,
                                public OwnDecoder,
                                public OffsetInWords,
                                public OffsetByHand,
                                public PersonInTables,
                                public RecordsFromBytes,
                                public ConnectionCheck,
                                public ChangeSignal,
                                public ReadAgainByHand,
                                public RowCount,
                                public WriteBack {
 public:
  // Options checked against connector_spec.yaml. A user error where they reach nothing at all.
  static Result<std::unique_ptr<HealthcareConnect>> make(const Options& connection_options);
  explicit HealthcareConnect(std::vector<std::unique_ptr<TableFamily>> families) : families_(std::move(families)) {}

  Result<std::vector<std::string>> list_tables() override;
  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) override;
  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) override;
  Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                   const ReadContext& context) override;

  std::string pass_group(const TableRequest& table) override;
  Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                    const ReadContext& context) override;

  bool deletes_in_stream(const TableRequest& table) override;

  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) override;

  Result<std::string> offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) override;

  Result<Offset> offset_at(const TableRequest& table, TimestampMicros time) override;
  Result<Offset> parse_offset(const TableRequest& table, std::string_view json) override;

  Result<std::vector<std::string>> subject_values(const TableRequest& table, std::string_view person) override;

  Status divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin, std::uint64_t position,
                RawRecords& into) override;

  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) override;

  Result<std::optional<ReadAgain>> read_again(const TableRequest& table, std::string_view part, const Offset& offset,
                                              const StateLookup& state) override;

  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) override;

  Result<WritableTable> writable_table(const TableRequest& table) override;
  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) override;
  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) override;

  std::unique_ptr<ChangeWatch> watch_changes(std::span<const TableRequest> tables, std::function<void(const std::vector<std::string>&)> on_change,
                                             Logger& log) override;

 private:
  // Those of the tables that are the family's, each once, by the names that it lists.
  std::vector<TableRequest> tables_of_family(const TableFamily& family, std::span<const TableRequest> tables) const;

  struct FamilyTable {
    const TableFamily* family = nullptr;
    std::string name;  // as the family lists it
  };
  // Nothing where no family has the table.
  std::optional<FamilyTable> find(std::string_view table_name) const;
  // The table's family, or the user error that names the nearest table.
  Result<FamilyTable> table_of(std::string_view table_name) const;

  struct FamilyTables {
    const TableFamily* family = nullptr;
    std::vector<TableRequest> tables;  // by the names that the family lists
  };
  // Those of one family; an internal error where a caller mixed them.
  Result<FamilyTables> tables_of(std::span<const TableRequest> tables) const;

  std::vector<std::unique_ptr<TableFamily>> families_;
};

}  // namespace lakeflow
