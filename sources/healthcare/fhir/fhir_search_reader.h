#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "sources/healthcare/fhir/fhir_paging_proof.h"
#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirSearchOptions {
  std::string type;
  std::int64_t page_size = 0;
  TimestampMicros look_back = 0;
  std::string filter = {};    // of the table (search_filter), encoded
  std::string elements = {};  // what is asked for of each resource: "_elements=id,meta,status"
};

// Reads the resources of one type that changed since a position, by HTTP search in the order of meta.lastUpdated.
//
// A pass asks for everything with _lastUpdated >= `from` (what the last pass reached, less the look-back; everything at first), oldest first.
// Never `gt`: many resources may share one time, and what was returned is known by its version (SeenVersions). While the server keeps the order,
// each page is a search of its own from the last time met, so that a resource which is changed or deleted meanwhile shifts no other one past a
// page's edge. The order is believed when the self link doesn't deny it and a search for the newest resource answers another one than the search
// for the oldest.
//
// `next` is followed where there is no other way: within a second of which a page's worth shares one time; and throughout where the server
// does not keep the order, or ignores _lastUpdated (what is older is left out here). Such a search asks for its count, and is read again until
// it is known to be whole (PagingProof): the position does not move before that. Where it never is, as the server's data keep changing, the read
// ends with a source error.
//
// The pass ends where the server has no more. Its position is the latest time met, or the server's own clock at the first request if that is
// earlier (a resource of tomorrow must not hide those of today). The next pass begins `look_back` before it.
class FhirSearchReader final : public RecordReader {
 public:
  // An internal error where the offset or the keyed state is none of this reader's.
  static Result<std::unique_ptr<FhirSearchReader>> open(std::unique_ptr<FhirServer> server, FhirSearchOptions options, Offset start_offset,
                                                        const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

 private:
  FhirSearchReader(std::unique_ptr<FhirServer> server, FhirSearchOptions options, FhirPosition start, SeenVersions seen, Offset start_offset,
                   const ReadContext& context);

  void begin_search(const FhirSearch& search);
  void begin_reading();
  Result<FhirPage> fetch_page();
  RawRecords take_entries(const FhirPage& page);
  Status choose_next_request(const FhirPage& page);
  Status follow(const FhirPage& page);
  Status end_search();
  void advance();
  void distrust_order(std::string_view evidence);
  void distrust_filter();
  void forget_what_cannot_come_again();
  void end_pass();
  bool is_unchanged() const;
  bool may_end_here() const;
  void warn_once(bool& warned, std::string_view message);

  std::unique_ptr<FhirServer> server_;
  FhirSearchOptions options_;
  ReadContext context_;

  FhirPosition position_;  // in a pass until that has ended
  SeenVersions seen_;
  Offset start_offset_;
  std::optional<TimestampMicros> start_at_;
  bool started_between_passes_;
  std::uint64_t returned_ = 0;  // resources
  std::uint64_t pages_ = 0;

  // The search under way, and the pages that its next links lead to.
  FhirSearch search_;
  std::string next_url_;  // empty: the search's first page
  std::set<std::string> followed_;
  std::optional<TimestampMicros> last_met_;
  PagingProof proof_;
  std::size_t least_ = 0;  // versions that it must give
  int empty_pages_ = 0;
  int expirations_ = 0;

  // What is known of the server.
  bool order_judged_ = false;
  bool order_kept_ = true;
  bool filter_kept_ = true;
  bool counts_ = true;
  bool warned_of_times_ = false;
  bool warned_of_memory_ = false;
};

}  // namespace lakeflow
