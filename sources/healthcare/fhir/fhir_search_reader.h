#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  // Take FhirSearchReader::hash_of_id of each resource that is met, or returned; outlive the reader.
  std::vector<std::uint64_t>* ids_met = nullptr;
  std::vector<std::uint64_t>* ids_returned = nullptr;
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
  // `is_start`: nothing was read yet. The server outlives the reader.
  FhirSearchReader(FhirServer& server, FhirSearchOptions options, FhirPosition start, bool is_start, SeenVersions seen, const ReadContext& context);

  static std::uint64_t hash_of_id(std::string_view id);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

  // That of offset(); the start's where there is none.
  FhirPosition position() const;

 private:
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
  bool is_cut_short(const FhirPage& page) const;
  bool may_end_here() const;
  void warn_once(bool& warned, std::string_view message);

  FhirServer& server_;
  FhirSearchOptions options_;
  ReadContext context_;

  FhirPosition position_;  // in a pass until that has ended
  SeenVersions seen_;
  const FhirPosition start_;
  const bool is_start_;
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
  bool warned_of_count_ = false;
};

}  // namespace lakeflow
