#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sources/healthcare/fhir/fhir_id_listing.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirIdComparisonOptions {
  std::string type;
  TimestampMicros look_back = 0;
  std::int64_t limit_percent = 0;           // of the table's rows, that may be missing at once
  std::optional<TimestampMicros> compared;  // when the one before began, by the server's clock
};

// Finds what was deleted on a server that does not tell of deletes: which of the table's rows are no longer among the resources of their type.
//
// The server is asked for its ids (FhirIdListing). The table's keys are asked of the table (StandingKeys), not kept a second time. In memory are
// 8 bytes for each id of the server, and the ids that are missing. Where the listing is of some patients, only their rows are compared.
// A listing proves nothing about what it lacks: each missing id is asked for by itself, and only 404 or 410 is a delete. More than
// `limit_percent` of the rows (and 100) missing is an error: then it is likelier that the server shows less than it has.
//
// A delete gets the time just after its row's, or after the comparison before, when the resource was still there (less the look-back): later
// than what it deletes, earlier than anything that brings the resource back.
class FhirIdComparison {
 public:
  // `met`: hashes of ids (FhirSearchReader::hash_of_id) that were there just now, and are not compared. The server outlives it; the context has
  // standing_keys.
  FhirIdComparison(FhirServer& server, FhirIdComparisonOptions options, std::unique_ptr<FhirIdListing> listing, std::vector<std::uint64_t> met,
                   const ReadContext& context);

  // As RecordReader::next(); End::kComplete when all ids were compared.
  Result<std::variant<RawRecords, End>> next();

  // When it began, by the server's clock where that tells it.
  std::optional<TimestampMicros> began() const { return listing_->began(); }
  std::uint64_t deleted() const { return deleted_; }

 private:
  struct Missing {
    std::string id;
    std::optional<TimestampMicros> cursor;
  };

  Status find_missing();
  Result<RawRecords> confirm_some();
  std::optional<TimestampMicros> time_of(const Missing& missing) const;
  void report() const;

  FhirServer& server_;
  FhirIdComparisonOptions options_;
  ReadContext context_;
  std::unique_ptr<FhirIdListing> listing_;
  std::vector<std::uint64_t> met_;
  bool is_listed_ = false;
  std::vector<Missing> missing_;
  std::size_t confirmed_ = 0;   // of missing_
  std::uint64_t left_out_ = 0;  // rows that were not compared
  std::uint64_t deleted_ = 0;
  std::uint64_t still_there_ = 0;
  std::uint64_t unanswered_ = 0;
};

}  // namespace lakeflow
