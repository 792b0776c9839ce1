#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/options.h"
#include "sources/interface/decoder.h"
#include "sources/interface/record_reader.h"
#include "sources/interface/table_metadata.h"

namespace lakeflow {

// Grows when the contract changes so that a connector must change with it.
inline constexpr int kInterfaceVersion = 1;

// The contract of a source: the five methods of the design document (§3), with its names and meaning. Arrow types are
// the language of schemas.
//
// Every method that takes a table's name returns a user error that lists the nearest name where there is no such table,
// before anything else. list_tables, get_table_schema and read_table_metadata are deterministic, and touch the network only
// where the tables can't be known without. Methods may be called from several threads; a reader is one thread's.
class LakeflowConnect {
 public:
  virtual ~LakeflowConnect() = default;

  // What the connection's options can reach.
  virtual Result<std::vector<std::string>> list_tables() = 0;

  virtual Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) = 0;

  virtual Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) = 0;

  // Opens a read that goes on from the offset. The reader fetches as it is asked, never the whole table at once.
  virtual Result<std::unique_ptr<RecordReader>> read_table(std::string_view table_name, const Offset& start_offset, const Options& table_options,
                                                           const ReadContext& context) = 0;

  // The deleted records since the offset (an offset of its own): their primary keys and cursor field at least, in the
  // table's form, with Operation::kDelete. Required for cdc_with_deletes, unless read_table's stream has the deletes in it.
  // The keyed state is the table's, so of both readers: each has keys of its own in it.
  virtual Result<std::unique_ptr<RecordReader>> read_table_deletes(std::string_view table_name, const Offset& start_offset,
                                                                   const Options& table_options, const ReadContext& context);
};

inline Result<std::unique_ptr<RecordReader>> LakeflowConnect::read_table_deletes(std::string_view table_name, const Offset&, const Options&,
                                                                                 const ReadContext&) {
  return std::unexpected(Error::internal("table " + std::string(table_name) + " has no stream of deletes"));
}

// A table that a pipeline asks for.
struct TableRequest {
  std::string table_name;
  Options table_options;
};

// The optional abilities: a connector implements those that it has beside LakeflowConnect.

// Several tables are filled by one reading of the source.
class SharedPass {
 public:
  virtual ~SharedPass() = default;
  // Tables of the same non-empty group can be read together; a table of no group is read alone.
  virtual std::string pass_group(const TableRequest& table) = 0;
  // Like read_table, for all of the tables (of one group, at the same offset) at once.
  virtual Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                            const ReadContext& context) = 0;
};

// Deletes of a cdc_with_deletes table come among its other records.
class DeletesInStream {
 public:
  virtual ~DeletesInStream() = default;
  // True: the table's reader gives its deletes (Operation::kDelete), and read_table_deletes is not called for it.
  virtual bool deletes_in_stream(const TableRequest& table) = 0;
};

// The connector's records are not JSON (or not always): it decodes them itself.
class OwnDecoder {
 public:
  virtual ~OwnDecoder() = default;
  // Null where the framework's JSON decoder serves these tables.
  virtual Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest> tables) = 0;
};

// Offsets are the connector's own business; people want to read where a table stands.
class OffsetInWords {
 public:
  virtual ~OffsetInWords() = default;
  // "2024-05-01T00:00:00Z", "2 files, the newest adt.hl7": after "read up to". The offset is not the start, and the state is what was
  // committed with it. No network. An error where the offset is none of this connector's.
  virtual Result<std::string> offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) = 0;
};

// A person may say where a table is read on from: a backfill. Such an offset needs no keyed state: the reader is opened without any.
class OffsetByHand {
 public:
  virtual ~OffsetByHand() = default;
  // From which everything that changed at this time or later is read. No network. A user error where the table has no order of time.
  virtual Result<Offset> offset_at(const TableRequest& table, TimestampMicros time) = 0;
  // An offset that was written down, in its canonical form. A user error where it is none of this table's.
  virtual Result<Offset> parse_offset(const TableRequest& table, std::string_view json) = 0;
};

// How a person is named in a table's subject_field, where it is not by the id alone: "Patient/7".
class PersonInTables {
 public:
  virtual ~PersonInTables() = default;
  // Every way; one that goes on behind a slash ("Patient/7/_history/2") need not be told. No network.
  virtual Result<std::vector<std::string>> subject_values(const TableRequest& table, std::string_view person) = 0;
};

// One thing that a check of the connection looked at.
struct CheckFinding {
  bool passed = false;
  std::string subject;                  // "GET /metadata", "storage_path"
  std::string message;                  // "HAPI FHIR 8.8.0, FHIR 4.0.1"
  std::string next_step;                // where it did not pass
  ErrorKind kind = ErrorKind::kSource;  // likewise: who has to act
};

// The connection can be tried without reading a table.
class ConnectionCheck {
 public:
  virtual ~ConnectionCheck() = default;
  // A finding for each thing that was looked at, as these tables need it; for all that the connection reaches where none is named. A table
  // that there is none of is passed over. An error only where a stop was asked for.
  virtual Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) = 0;
};

}  // namespace lakeflow
