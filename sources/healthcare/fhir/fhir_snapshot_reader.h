#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>

#include "sources/healthcare/fhir/fhir_paging.h"
#include "sources/healthcare/fhir/fhir_paging_proof.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirSnapshotOptions {
  std::string type;
  std::int64_t page_size = 0;
  std::string filter = {};    // as FhirSearchTerms has them
  std::string elements = {};  // likewise
};

// Reads all resources of one type, by a search without conditions whose next links are followed: for servers whose resources have no usable
// meta.lastUpdated. Nothing is asked of the server's order.
//
// The read ends as complete, by which rows whose resources did not come are deleted, only where it is known to be whole (PagingProof) and gave as
// many as the server counted, if it counts. Until then the search is read again; where that comes to nothing, the read ends as caught up, with a
// warning: what came is kept, and nothing is deleted. What changed between two readings comes twice, and the next run has it right.
class FhirSnapshotReader final : public RecordReader {
 public:
  FhirSnapshotReader(std::unique_ptr<FhirServer> server, FhirSnapshotOptions options, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return std::nullopt; }

 private:
  void begin_reading();
  Result<FhirPage> fetch_page();
  RawRecords take_entries(const FhirPage& page);
  Status choose_next_request(const FhirPage& page);
  void end_reading();

  std::unique_ptr<FhirServer> server_;
  FhirSnapshotOptions options_;
  ReadContext context_;
  std::optional<End> end_;
  std::uint64_t pages_ = 0;
  std::unordered_set<std::uint64_t> returned_;

  FhirPaging paging_;
  PagingProof proof_;
  bool counts_ = true;
};

}  // namespace lakeflow
