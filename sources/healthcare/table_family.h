#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/options.h"
#include "sources/interface/change_signal.h"
#include "sources/interface/lakeflow_connect.h"
#include "sources/interface/read_again.h"
#include "sources/interface/write_back.h"

namespace arrow {
class Schema;
}  // namespace arrow

namespace lakeflow {

// The tables of this connector that are read in one way: those of a FHIR server, those of HL7 v2 files. HealthcareConnect
// asks the family that lists a table; names are unique across families, and a family is only asked about its own tables.
// The rules of LakeflowConnect and its optional abilities hold method by method: deterministic, callable from several threads.
class TableFamily {
 public:
  virtual ~TableFamily() = default;

  // The tables that the connection's options can reach; no network, no files.
  virtual std::vector<std::string> list_tables() const = 0;

  // The listed table that another name means, which no family lists; nothing where it means none. The other methods are asked by listed names.
  virtual std::optional<std::string> table_of_other_name(std::string_view name) const {
    static_cast<void>(name);
    return std::nullopt;
  }

  virtual Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) const = 0;

  virtual Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) const = 0;

  // Tables of the same non-empty group are read together; a table of no group is read alone.
  virtual std::string pass_group(const TableRequest& table) const = 0;

  // Opens one reading that fills all of the tables (of one group, at the same offset; one table where the group is empty).
  virtual Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                            const ReadContext& context) const = 0;

  // As DeletesInStream has it.
  virtual bool deletes_in_stream(const TableRequest& table) const {
    static_cast<void>(table);
    return false;
  }

  // Null where the framework's JSON decoder serves these tables.
  virtual Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) const = 0;

  // Where a reading stands, as OffsetInWords has it.
  virtual Result<std::string> offset_in_words(const Offset& offset, const StateLookup& state) const = 0;

  // As OffsetByHand has them.
  virtual Result<Offset> offset_at(const TableRequest& table, TimestampMicros time) const = 0;
  virtual Result<Offset> parse_offset(const TableRequest& table, std::string_view json) const = 0;

  // As ReadAgainByHand has it.
  virtual Result<std::optional<ReadAgain>> read_again(std::string_view part, const Offset& offset, const StateLookup& state) const {
    static_cast<void>(part), static_cast<void>(offset), static_cast<void>(state);
    return std::nullopt;
  }

  // As PersonInTables has it.
  virtual std::vector<std::string> subject_values(std::string_view table_name, std::string_view person) const = 0;

  // As ChangeSignal has it.
  virtual std::unique_ptr<ChangeWatch> watch_changes(std::span<const TableRequest> tables,
                                                     std::function<void(const std::vector<std::string>&)> on_change, Logger& log) const {
    static_cast<void>(tables), static_cast<void>(on_change), static_cast<void>(log);
    return nullptr;
  }

  // As RecordsFromBytes has it.
  virtual Status divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin,
                        std::uint64_t position, RawRecords& into) const = 0;

  // As RowCount has it.
  virtual Result<std::optional<std::uint64_t>> count_rows(const TableRequest& table, const ReadContext& context) const {
    static_cast<void>(table), static_cast<void>(context);
    return std::nullopt;
  }

  // As WriteBack has them.
  virtual Result<WritableTable> writable_table(const TableRequest& table) const {
    return std::unexpected(Error::user("records of the table " + table.table_name + " can't be written by this connector"));
  }
  virtual Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) const {
    static_cast<void>(name), static_cast<void>(revision), static_cast<void>(context);
    return std::unexpected(writable_table(table).error());
  }
  virtual Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) const {
    static_cast<void>(name), static_cast<void>(context);
    return std::unexpected(writable_table(table).error());
  }

  // What a try of the connection found: a finding for each thing that was looked at, for these tables.
  virtual Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) const = 0;
};

}  // namespace lakeflow
