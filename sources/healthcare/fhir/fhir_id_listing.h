#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "sources/healthcare/fhir/fhir_patient_searches.h"
#include "sources/healthcare/fhir/fhir_search_reader.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// The ids of the resources that a server has of a type (of the terms' filter), asked for with _elements=id,meta by the reader of searches, with all
// of its care about order and paging.
class FhirIdListing {
 public:
  virtual ~FhirIdListing() = default;

  // As RecordReader::next(), without the records; an End at the end.
  virtual Result<std::variant<RawRecords, End>> next() = 0;
  // After the end, once: FhirSearchReader::hash_of_id of each.
  virtual std::vector<std::uint64_t> take_ids() = 0;
  // The server's clock when it began; nothing where that is not told.
  virtual std::optional<TimestampMicros> began() const = 0;

  // Whether it is of some patients' resources, so that covers() is asked of each row.
  virtual bool is_of_patients() const { return false; }
  // After the end: whether the resource of a row would be in it if the server still had it, by what StandingKeys::scan_subjects tells of the row.
  virtual bool covers(std::string_view id, std::string_view subjects) const {
    static_cast<void>(id), static_cast<void>(subjects);
    return true;
  }
};

// Of a whole type.
class FhirTypeListing final : public FhirIdListing {
 public:
  // The server outlives it.
  FhirTypeListing(FhirServer& server, FhirSearchTerms terms, const ReadContext& context);
  Result<std::variant<RawRecords, End>> next() override;
  std::vector<std::uint64_t> take_ids() override { return std::move(ids_); }
  std::optional<TimestampMicros> began() const override { return began_; }

 private:
  FhirServer& server_;
  std::vector<std::uint64_t> ids_;
  FhirSearchReader reader_;
  std::optional<TimestampMicros> began_;
};

// Of the patients of a list, one after the other. Those whose search the server refuses are not covered, nor is who is not in the list.
class FhirPatientListing final : public FhirIdListing {
 public:
  FhirPatientListing(FhirServerOptions server, FhirSearchTerms terms, std::vector<std::string> patients, const ReadContext& context);
  Result<std::variant<RawRecords, End>> next() override;
  std::vector<std::uint64_t> take_ids() override { return std::move(ids_); }
  std::optional<TimestampMicros> began() const override { return began_; }
  bool is_of_patients() const override { return true; }
  bool covers(std::string_view id, std::string_view subjects) const override;

 private:
  const FhirServerOptions server_;
  const FhirSearchTerms terms_;
  const std::vector<std::string> patients_;
  const ReadContext context_;
  std::unique_ptr<FhirPatientSearches> searches_;
  std::unordered_set<std::string_view> covered_;
  std::vector<std::uint64_t> ids_;
  std::optional<TimestampMicros> began_;
};

}  // namespace lakeflow
