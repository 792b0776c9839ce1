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

std::vector<std::string> tables_of(const std::vector<std::unique_ptr<TableFamily>>& families) {
  std::vector<std::string> names;
  for (const std::unique_ptr<TableFamily>& family : families) {
    std::ranges::move(family->list_tables(), std::back_inserter(names));
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<HealthcareConnect>> HealthcareConnect::make(const Options& connection_options) {
  std::vector<std::unique_ptr<TableFamily>> families;
  if (connection_options.has("fhir_base_url")) {
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

Result<std::vector<std::string>> HealthcareConnect::list_tables() { return tables_of(families_); }

Result<std::shared_ptr<arrow::Schema>> HealthcareConnect::get_table_schema(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table_name));
  return family->get_table_schema(table_name, table_options);
}

Result<TableMetadata> HealthcareConnect::read_table_metadata(std::string_view table_name, const Options& table_options) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table_name));
  return family->read_table_metadata(table_name, table_options);
}

Result<std::unique_ptr<RecordReader>> HealthcareConnect::read_table(std::string_view table_name, const Offset& start_offset,
                                                                    const Options& table_options, const ReadContext& context) {
  const TableRequest request{std::string(table_name), table_options};
  return read_tables(std::span(&request, 1), start_offset, context);
}

std::string HealthcareConnect::pass_group(const TableRequest& table) {
  const Result<const TableFamily*> family = family_of(table.table_name);
  return family ? (*family)->pass_group(table) : std::string();
}

Result<std::unique_ptr<RecordReader>> HealthcareConnect::read_tables(std::span<const TableRequest> tables, const Offset& start_offset,
                                                                     const ReadContext& context) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(tables));
  return family->read_tables(tables, start_offset, context);
}

Result<std::unique_ptr<Decoder>> HealthcareConnect::make_decoder(std::span<const TableRequest> tables) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(tables));
  return family->make_decoder(tables);
}

Result<std::string> HealthcareConnect::offset_in_words(const TableRequest& table, const Offset& offset, const StateLookup& state) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table.table_name));
  return family->offset_in_words(offset, state);
}

Result<Offset> HealthcareConnect::offset_at(const TableRequest& table, TimestampMicros time) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table.table_name));
  return family->offset_at(time);
}

Result<Offset> HealthcareConnect::parse_offset(const TableRequest& table, std::string_view json) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table.table_name));
  return family->parse_offset(json);
}

Result<std::optional<ReadAgain>> HealthcareConnect::read_again(const TableRequest& table, std::string_view part, const Offset& offset,
                                                               const StateLookup& state) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table.table_name));
  return family->read_again(part, offset, state);
}

Result<std::vector<std::string>> HealthcareConnect::subject_values(const TableRequest& table, std::string_view person) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(table.table_name));
  return family->subject_values(table.table_name, person);
}

Status HealthcareConnect::divide(std::span<const TableRequest> tables, std::string_view bytes, std::string_view reason, std::uint32_t origin,
                                 std::uint64_t position, RawRecords& into) {
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(tables));
  return family->divide(tables, bytes, reason, origin, position, into);
}

Result<std::vector<CheckFinding>> HealthcareConnect::check_connection(std::span<const TableRequest> tables, const ReadContext& context) {
  std::vector<CheckFinding> findings;
  for (const std::unique_ptr<TableFamily>& family : families_) {
    std::vector<TableRequest> asked;
    for (const std::string& name : family->list_tables()) {
      const auto request = std::ranges::find(tables, name, &TableRequest::table_name);
      if (request != tables.end()) {
        asked.push_back(*request);
      } else if (tables.empty()) {
        asked.push_back({.table_name = name, .table_options = {}});
      }
    }
    if (asked.empty()) {
      continue;
    }
    LAKEFLOW_ASSIGN(std::vector<CheckFinding> found, family->check_connection(asked, context));
    std::ranges::move(found, std::back_inserter(findings));
  }
  return findings;
}

std::vector<TableRequest> HealthcareConnect::tables_of_family(const TableFamily& family, std::span<const TableRequest> tables) {
  const std::vector<std::string> names = family.list_tables();
  std::vector<TableRequest> own;
  std::ranges::copy_if(tables, std::back_inserter(own),
                       [&](const TableRequest& table) { return std::ranges::find(names, table.table_name) != names.end(); });
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

Result<const TableFamily*> HealthcareConnect::family_of(std::string_view table_name) const {
  for (const std::unique_ptr<TableFamily>& family : families_) {
    const std::vector<std::string> names = family->list_tables();
    if (std::ranges::find(names, table_name) != names.end()) {
      return family.get();
    }
  }
  const std::vector<std::string> names = tables_of(families_);
  const std::optional<std::string> nearest = nearest_name(table_name, names);
  const std::string advice = nearest ? fmt::format("did you mean {}?", *nearest)
                             : names.size() <= kMostNamesInAdvice
                                 ? fmt::format("this connection has: {}", fmt::join(names, ", "))
                                 : fmt::format("lakeflow discover lists the {} tables of this connection", names.size());
  return std::unexpected(Error::user(fmt::format("unknown table {}", table_name), advice));
}

Result<const TableFamily*> HealthcareConnect::family_of(std::span<const TableRequest> tables) const {
  if (tables.empty()) {
    return std::unexpected(Error::internal("a read of no table was asked for"));
  }
  LAKEFLOW_ASSIGN(const TableFamily* family, family_of(tables.front().table_name));
  for (const TableRequest& table : tables.subspan(1)) {
    LAKEFLOW_ASSIGN(const TableFamily* other, family_of(table.table_name));
    if (other != family) {
      return std::unexpected(Error::internal(fmt::format("tables {} and {} cannot be read together", tables.front().table_name, table.table_name)));
    }
  }
  return family;
}

}  // namespace lakeflow
