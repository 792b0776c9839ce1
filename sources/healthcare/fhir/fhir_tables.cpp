#include "sources/healthcare/fhir/fhir_tables.h"

#include <arrow/type.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "libs/fhir/bundle.h"
#include "libs/fhir/resource_schema.h"
#include "sources/healthcare/fhir/fhir_check.h"
#include "sources/healthcare/fhir/fhir_patient_position.h"
#include "sources/healthcare/fhir/fhir_patient_reader.h"
#include "sources/healthcare/fhir/fhir_patient_source.h"
#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_selection.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_snapshot_reader.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/healthcare/fhir/fhir_table_catalog.h"
#include "sources/healthcare/fhir/fhir_table_options.h"
#include "sources/healthcare/fhir/fhir_table_reader.h"
#include "sources/healthcare/fhir/fhir_write_back.h"

namespace lakeflow {
namespace {

class FhirTables final : public TableFamily {
 public:
  FhirTables(FhirServerOptions options, Options connection_options)
      : options_(std::move(options)), connection_options_(std::move(connection_options)) {}

  std::vector<std::string> list_tables() const override { return fhir_table_names(); }

  std::optional<std::string> table_of_other_name(std::string_view name) const override { return table_of_first_name(name); }

  Result<std::shared_ptr<arrow::Schema>> get_table_schema(std::string_view table_name, const Options& table_options) const override {
    LAKEFLOW_ASSIGN(const FhirTableOptions options, FhirTableOptions::parse(table_name, table_options));
    return fhir::resource_schema(table_name, options.schema);
  }

  Result<TableMetadata> read_table_metadata(std::string_view table_name, const Options& table_options) const override {
    LAKEFLOW_ASSIGN(const FhirReadOptions reading, reading_of(table_name, table_options));
    return TableMetadata{.ingestion_type = reading.ingestion_type(),
                         .primary_keys = {"id"},
                         .cursor_field = reading.strategy == FhirStrategy::kCompare ? "" : "meta.lastUpdated",
                         .subject_field = fhir_subject_field(table_name)};
  }

  bool deletes_in_stream(const TableRequest&) const override { return true; }

  // A search gives one type.
  std::string pass_group(const TableRequest&) const override { return {}; }

  Result<std::unique_ptr<RecordReader>> read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                    const ReadContext& context) const override {
    if (tables.size() != 1) {
      return std::unexpected(Error::internal("a FHIR search reads one table at a time"));
    }
    const std::string& type = tables.front().table_name;
    const Options& table_options = tables.front().table_options;
    LAKEFLOW_ASSIGN(const FhirTableOptions table, FhirTableOptions::parse(type, table_options));
    LAKEFLOW_ASSIGN(const FhirReadOptions reading, reading_of(type, table_options));
    LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> server, FhirServer::connect(options_, *context.log));
    if (reading.strategy == FhirStrategy::kCompare) {
      const FhirSnapshotOptions snapshot{.type = type, .page_size = options_.page_size, .filter = table.filter, .elements = table.elements};
      return std::make_unique<FhirSnapshotReader>(std::move(server), snapshot, context);
    }
    const FhirTableRead read{.type = type,
                             .page_size = options_.page_size,
                             .look_back = options_.look_back,
                             .filter = table.filter,
                             .elements = table.elements,
                             .selection = fhir_selection(table),
                             .reading = reading};
    if (reading.by_patient) {
      LAKEFLOW_ASSIGN(FhirPatientSource patients, FhirPatientSource::parse(connection_options_, table_options));
      return FhirPatientReader::open(options_, read, std::move(patients), start_offset, context);
    }
    return FhirTableReader::open(std::move(server), read, start_offset, context);
  }

  Result<std::unique_ptr<Decoder>> make_decoder(std::span<const TableRequest>) const override { return nullptr; }

  Result<std::string> offset_in_words(const Offset& offset, const StateLookup& state) const override {
    if (FhirPatientsPosition::is_one(offset)) {
      return fhir_patients_in_words(offset, state);
    }
    LAKEFLOW_ASSIGN(const FhirPosition position, FhirPosition::parse(offset));
    std::string words = position.at ? format_utc(*position.at) : "the beginning";
    if (position.pass) {
      words += ", a pass is not at its end";
    }
    if (position.found) {
      words += fmt::format(", by {}", fhir_strategy_name(*position.found));
    }
    return position.compared ? fmt::format("{}, ids compared at {}", words, format_utc(*position.compared)) : words;
  }

  Result<Offset> offset_at(const TableRequest& table, TimestampMicros time) const override {
    LAKEFLOW_TRY(check_has_offsets(table));
    LAKEFLOW_ASSIGN(const FhirTableOptions options, FhirTableOptions::parse(table.table_name, table.table_options));
    return FhirPosition{.at = time, .selection = fhir_selection(options)}.offset();
  }

  // Without keyed state nothing of it was counted yet.
  Result<Offset> parse_offset(const TableRequest& table, std::string_view json) const override {
    LAKEFLOW_TRY(check_has_offsets(table));
    if (const Offset offset{std::string(json)}; FhirPatientsPosition::is_one(offset)) {
      return std::unexpected(Error::user("this is the offset of a table that is read by patient, where each patient has a place of his own",
                                         R"(give one time for all of them, such as {"at":"2024-05-01T00:00:00Z"})"));
    }
    Result<FhirPosition> position = FhirPosition::parse(Offset(std::string(json)));
    if (!position || (!position->at && !position->pass)) {
      return std::unexpected(Error::user("this is no offset of a FHIR table", R"(one looks like {"at":"2024-05-01T00:00:00Z"})"));
    }
    LAKEFLOW_ASSIGN(const FhirTableOptions options, FhirTableOptions::parse(table.table_name, table.table_options));
    position->changes = 0;
    position->selection = fhir_selection(options);
    return position->offset();
  }

  // FHIR R4 §2.3.0.1: a literal reference is relative to the server's base, absolute, or a urn.
  std::vector<std::string> subject_values(std::string_view table_name, std::string_view person) const override {
    if (table_name == "Patient") {
      return {std::string(person)};
    }
    const std::string relative = fmt::format("Patient/{}", person);
    return {relative, fmt::format("{}/{}", options_.base_url, relative), fmt::format("urn:uuid:{}", person)};
  }

  // A resource, by the rules of the reader of searches (take_entries).
  Status divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin, std::uint64_t position,
                RawRecords& into) const override {
    const RawRecord record{.bytes = bytes, .operation = Operation::kUpsert, .origin = origin, .position = position};
    std::string bundle = R"({"resourceType":"Bundle","entry":[{"resource":)";
    bundle += bytes;
    bundle += "}]}";
    bundle.append(kPadding, '\0');
    fhir::AnswerParser parser;
    const Result<fhir::Answer> answer = parser.parse(std::string_view(bundle).substr(0, bundle.size() - kPadding));
    if (!answer || answer->entries.size() != 1) {
      into.records.push_back(record);  // the decoder says what is wrong with it
      return {};
    }
    const fhir::BundleEntry& entry = answer->entries.front();
    const std::string& type = tables.front().table_name;
    LAKEFLOW_ASSIGN(const FhirReadOptions reading, reading_of(type, tables.front().table_options));
    if (reason == "no_resource" || (!entry.resource_type.empty() && entry.resource_type != type)) {
      into.broken.push_back({record, "no_resource", fmt::format("no {}", type)});
    } else if (!parse_utc(entry.last_updated) && reading.strategy != FhirStrategy::kCompare) {
      into.broken.push_back({record, "no_last_updated", "no full meta.lastUpdated, by which versions are ordered"});
    } else {
      into.records.push_back(record);
    }
    return {};
  }

  Result<std::optional<std::uint64_t>> count_rows(const TableRequest& request, const ReadContext& context) const override {
    LAKEFLOW_ASSIGN(const FhirTableOptions table, FhirTableOptions::parse(request.table_name, request.table_options));
    LAKEFLOW_ASSIGN(const std::unique_ptr<FhirServer> server, FhirServer::connect(options_, *context.log));
    const FhirSearch search{.further = table.filter};
    LAKEFLOW_ASSIGN(const std::optional<FhirPage> counted,
                    server->get_bundle(search.count_url(server->base_url(), request.table_name), context.stop));
    return counted ? counted->answer.total : std::nullopt;
  }

  Result<WritableTable> writable_table(const TableRequest& table) const override { return writable_fhir_table(table, connection_options_); }

  Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) const override {
    LAKEFLOW_ASSIGN(const std::unique_ptr<FhirServer> server, FhirServer::connect(options_, *context.log));
    return put_fhir_resource(*server, table.table_name, name, revision, context.stop);
  }

  Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) const override {
    LAKEFLOW_ASSIGN(const std::unique_ptr<FhirServer> server, FhirServer::connect(options_, *context.log));
    return delete_fhir_resource(*server, table.table_name, name, context.stop);
  }

  Result<std::vector<CheckFinding>> check_connection(std::span<const TableRequest> tables, const ReadContext& context) const override {
    LAKEFLOW_ASSIGN(std::unique_ptr<FhirServer> server, FhirServer::connect(options_, *context.log));
    std::vector<CheckedFhirTable> checked;
    for (const TableRequest& table : tables) {
      LAKEFLOW_ASSIGN(const FhirReadOptions reading, reading_of(table.table_name, table.table_options));
      LAKEFLOW_ASSIGN(FhirPatientSource patients, FhirPatientSource::parse(connection_options_, table.table_options));
      checked.push_back({.type = table.table_name, .reading = reading, .patients = std::move(patients)});
    }
    return check_fhir_server(*server, checked, options_.page_size, *context.log, context.stop);
  }

 private:
  Result<FhirReadOptions> reading_of(std::string_view type, const Options& table_options) const {
    return FhirReadOptions::parse(type, connection_options_, table_options);
  }

  Status check_has_offsets(const TableRequest& table) const {
    LAKEFLOW_ASSIGN(const FhirReadOptions reading, reading_of(table.table_name, table.table_options));
    return reading.strategy != FhirStrategy::kCompare
               ? Status()
               : std::unexpected(Error::user(fmt::format("table {} is read as a whole by each run (strategy: compare)", table.table_name),
                                             "there is no place from which it would be read on"));
  }

  FhirServerOptions options_;
  Options connection_options_;
};

}  // namespace

Result<std::unique_ptr<TableFamily>> make_fhir_tables(const Options& connection_options) {
  LAKEFLOW_ASSIGN(FhirServerOptions options, FhirServerOptions::parse(connection_options));
  LAKEFLOW_TRY(FhirPatientSource::parse(connection_options, {}));
  return std::make_unique<FhirTables>(std::move(options), connection_options);
}

}  // namespace lakeflow
