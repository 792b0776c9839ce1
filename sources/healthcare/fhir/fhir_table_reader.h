#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sources/healthcare/fhir/fhir_history_reader.h"
#include "sources/healthcare/fhir/fhir_id_comparison.h"
#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_search_reader.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirTableRead {
  std::string type;
  std::int64_t page_size = 0;
  TimestampMicros look_back = 0;
  std::string filter;          // as FhirSearchTerms has them
  std::string elements;        // likewise
  std::string selection = {};  // fhir_selection()
  FhirReadOptions reading;
};

// Reads what changed in a type since a position, by the strategy that is in force, and then compares ids where that is due.
//
//   - The first load is always a search: it can be stopped and gone on with, which a history can't, and ends with the resources as they are.
//   - `auto` is found once, after the first load (or at the first read from a position that was written before there were strategies), and
//     remembered in the offset. Where a server stops to give the history that it gave, the table is read by search from then on; that is
//     said, and a full refresh asks again.
//   - A strategy that a person chose is kept to: what the server then refuses is an error.
//   - Deletes that no history tells of are found by FhirIdComparison, after the changes, where whoever runs the read knows the table's keys.
class FhirTableReader final : public RecordReader {
 public:
  // A user error where the offset or the keyed state is none of this reader's.
  static Result<std::unique_ptr<FhirTableReader>> open(std::unique_ptr<FhirServer> server, FhirTableRead options, const Offset& start_offset,
                                                       const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

 private:
  FhirTableReader(std::unique_ptr<FhirServer> server, FhirTableRead options, FhirPosition start, bool is_start, SeenVersions seen,
                  const ReadContext& context);

  Status begin();
  Status begin_search();
  Status find_strategy();
  Result<bool> fall_back();
  Result<std::variant<RawRecords, End>> read_changes();
  Status end_changes();
  bool comparison_is_due() const;
  TimestampMicros now() const;
  FhirStrategy in_force() const;
  FhirPosition position() const;

  std::unique_ptr<FhirServer> server_;
  FhirTableRead options_;
  ReadContext context_;
  const FhirPosition start_;
  const bool is_start_;
  const bool is_first_load_;
  std::optional<SeenVersions> seen_;  // until a reader has it
  std::optional<FhirStrategy> found_;
  std::optional<TimestampMicros> compared_;
  bool ended_ = false;
  std::vector<std::uint64_t> returned_;  // ids of the changes: those rows may not be committed yet, and are not compared

  // One of the two; then the third.
  std::unique_ptr<FhirSearchReader> search_;
  std::unique_ptr<FhirHistoryReader> history_;
  std::unique_ptr<FhirIdComparison> comparison_;
};

}  // namespace lakeflow
