#include "sources/healthcare/lakeflow_connect.h"

#include <algorithm>
#include <iterator>
#include <mutex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sources/healthcare/fhir/fhir_tables.h"
#include "sources/healthcare/hl7v2/hl7v2_tables.h"

namespace lakeflow {
namespace {

constexpr std::size_t kMostNamesInAdvice = 12;

std::vector<std::string> names_of(const std::vector<std::unique_ptr<TableFamily>>& families) {
  std::vector<std::string> names;
  for (const std::unique_ptr<TableFamily>& family : families) {
    std::ranges::move(family->list_tables(), std::back_inserter(names));
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<HealthcareConnect>> HealthcareConnect::make(const Options& connection_options) {
  std::vector<std::unique_ptr<TableFamily>> families;
  if (connection_options.has("fhir_base_url") || connection_options.has("preset")) {
    LAKEFLOW_ASSIGN(std::unique_ptr<TableFamily> fhir, make_fhir_tables(connection_options));
    families.push_back(std::move(fhir));
  }
  if (connection_options.has("storage_path")) {
    LAKEFLOW_ASSIGN(std::unique_ptr<TableFamily> hl7v2, make_hl7v2_tables(connection_options));
    families.push_back(std::move(hl7v2));
  }
  if (families.empty()) {
    return std::unexpected(Error::user("the healthcare connection names no source", "set fhir_base_url for FHIR, storage_path for HL7 v2 files"));
  }
  return std::make_unique<HealthcareConnect>(std::move(families));
}

Result<std::vector<std::string>> HealthcareConnect::list_tables() { return names_of(families_); }

Result<std::shared_ptr<arrow::Schema>> HealthcareConnect::get_table_schema(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table_name));
  return found.family->get_table_schema(found.name, table_options);
}

Result<TableMetadata> HealthcareConnect::read_table_metadata(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table_name));
  return found.family->read_table_metadata(found.name, table_options);
}

Result<std::unique_ptr<RecordReader>> HealthcareConnect::read_table(std::string_view table_name, const Offset& start_offset,
                                                                    const Options& table_options, const ReadContext& context) {
  const TableRequest request{std::string(table_name), table_options};
  return read_tables(std::span(&request, 1), start_offset, context);
}

std::string HealthcareConnect::pass_group(const TableRequest& table) {
  const std::optional<FamilyTable> found = find(table.table_name);
  return found ? found->family->pass_group({found->name, table.table_options}) : std::string();
}

Result<std::unique_ptr<RecordReader>> HealthcareConnect::read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                                     const ReadContext& context) {
  LAKEFLOW_ASSIGN(const FamilyTables found, tables_of(tables));
  return found.family->read_tables(found.tables, start_offset, context);
}

bool HealthcareConnect::deletes_in_stream(const TableRequest& table) {
  const std::optional<FamilyTable> found = find(table.table_name);
  return found && found->family->deletes_in_stream({found->name, table.table_options});
}

Result<std::unique_ptr<Decoder>> HealthcareConnect::make_decoder(std::span<const TableRequest> tables) {
  LAKEFLOW_ASSIGN(const FamilyTables found, tables_of(tables));
  return found.family->make_decoder(found.tables);
}

Result<std::string> HealthcareConnect::offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->offset_in_words(offset, state);
}

Result<Offset> HealthcareConnect::offset_at(const TableRequest& table, TimestampMicros time) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->offset_at({found.name, table.table_options}, time);
}

Result<Offset> HealthcareConnect::parse_offset(const TableRequest& table, std::string_view json) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->parse_offset({found.name, table.table_options}, json);
}

Result<std::optional<ReadAgain>> HealthcareConnect::read_again(const TableRequest& table, std::string_view part, const Offset& offset,
                                                               const StateLookup& state) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->read_again(part, offset, state);
}

Result<std::vector<std::string>> HealthcareConnect::subject_values(const TableRequest& table, std::string_view person) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->subject_values(found.name, person);
}

Status HealthcareConnect::divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin,
                                 std::uint64_t position, RawRecords& into) {
  LAKEFLOW_ASSIGN(const FamilyTables found, tables_of(tables));
  return found.family->divide(found.tables, bytes, reason, origin, position, into);
}

Result<std::optional<std::uint64_t>> HealthcareConnect::count_rows(const TableRequest& table, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->count_rows({found.name, table.table_options}, context);
}

Result<WritableTable> HealthcareConnect::writable_table(const TableRequest& table) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->writable_table({found.name, table.table_options});
}

Result<std::string> HealthcareConnect::put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->put_record({found.name, table.table_options}, name, revision, context);
}

Status HealthcareConnect::delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const FamilyTable found, table_of(table.table_name));
  return found.family->delete_record({found.name, table.table_options}, name, context);
}

Result<std::vector<CheckFinding>> HealthcareConnect::check_connection(std::span<const TableRequest> tables, const ReadContext& context) {
  std::vector<CheckFinding> findings;
  for (const std::unique_ptr<TableFamily>& family : families_) {
    std::vector<TableRequest> asked = tables_of_family(*family, tables);
    if (tables.empty()) {
      std::ranges::transform(family->list_tables(), std::back_inserter(asked), [](std::string& name) { return TableRequest{std::move(name), {}}; });
    }
    if (asked.empty()) {
      continue;
    }
    LAKEFLOW_ASSIGN(std::vector<CheckFinding> found, family->check_connection(asked, context));
    std::ranges::move(found, std::back_inserter(findings));
  }
  return findings;
}

std::vector<TableRequest> HealthcareConnect::tables_of_family(const TableFamily& family, std::span<const TableRequest> tables) const {
  std::vector<TableRequest> own;
  for (const TableRequest& table : tables) {
    const std::optional<FamilyTable> found = find(table.table_name);
    if (found && found->family == &family && std::ranges::find(own, found->name, &TableRequest::table_name) == own.end()) {
      own.push_back({found->name, table.table_options});
    }
  }
  return own;
}

std::unique_ptr<ChangeWatch> HealthcareConnect::watch_changes(std::span<const TableRequest> tables,
                                                              std::function<void(const std::vector<std::string>&)> on_change, Logger& log) {
  // Each family calls from a thread of its own, and the one who listens is called once at a time.
  class Watches final : public ChangeWatch {
   public:
    explicit Watches(std::function<void(const std::vector<std::string>&)> on_change) : on_change_(std::move(on_change)) {}
    void call(const std::vector<std::string>& changed) {
      const std::lock_guard lock(mutex_);
      on_change_(changed);
    }
    void add(std::unique_ptr<ChangeWatch> watch) { watches_.push_back(std::move(watch)); }
    bool empty() const { return watches_.empty(); }

   private:
    std::mutex mutex_;
    const std::function<void(const std::vector<std::string>&)> on_change_;
    std::vector<std::unique_ptr<ChangeWatch>> watches_;  // the last: they use the others until they are gone
  };
  auto all = std::make_unique<Watches>(std::move(on_change));
  for (const std::unique_ptr<TableFamily>& family : families_) {
    const std::vector<TableRequest> own = tables_of_family(*family, tables);
    if (own.empty()) {
      continue;
    }
    auto watch = family->watch_changes(own, [all = all.get()](const std::vector<std::string>& changed) { all->call(changed); }, log);
    if (watch != nullptr) {
      all->add(std::move(watch));
    }
  }
  return all->empty() ? nullptr : std::move(all);
}

std::optional<HealthcareConnect::FamilyTable> HealthcareConnect::find(std::string_view table_name) const {
  for (const std::unique_ptr<TableFamily>& family : families_) {
    const std::vector<std::string> names = family->list_tables();
    if (std::ranges::find(names, table_name) != names.end()) {
      return FamilyTable{family.get(), std::string(table_name)};
    }
  }
  for (const std::unique_ptr<TableFamily>& family : families_) {
    if (std::optional<std::string> name = family->table_of_other_name(table_name)) {
      return FamilyTable{family.get(), *std::move(name)};
    }
  }
  return std::nullopt;
}

Result<HealthcareConnect::FamilyTable> HealthcareConnect::table_of(std::string_view table_name) const {
  if (std::optional<FamilyTable> found = find(table_name)) {
    return *std::move(found);
  }
  const std::vector<std::string> names = names_of(families_);
  const std::optional<std::string> nearest = nearest_name(table_name, names);
  const std::string advice = nearest ? fmt::format("did you mean {}?", *nearest)
                             : names.size() <= kMostNamesInAdvice
                                 ? fmt::format("this connection has: {}", fmt::join(names, ", "))
                                 : fmt::format("lakeflow discover lists the {} tables of this connection", names.size());
  return std::unexpected(Error::user(fmt::format("unknown table {}", table_name), advice));
}

Result<HealthcareConnect::FamilyTables> HealthcareConnect::tables_of(std::span<const TableRequest> tables) const {
  if (tables.empty()) {
    return std::unexpected(Error::internal("a read of no table was asked for"));
  }
  FamilyTables all;
  for (const TableRequest& table : tables) {
    LAKEFLOW_ASSIGN(FamilyTable found, table_of(table.table_name));
    if (all.family != nullptr && all.family != found.family) {
      return std::unexpected(Error::internal(fmt::format("tables {} and {} cannot be read together", tables.front().table_name, table.table_name)));
    }
    all.family = found.family;
    all.tables.push_back({std::move(found.name), table.table_options});
  }
  return all;
}

}  // namespace lakeflow
