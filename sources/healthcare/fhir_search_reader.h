#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "sources/healthcare/fhir_position.h"
#include "sources/healthcare/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirSearchOptions {
  std::string type;
  std::int64_t page_size = 0;
  TimestampMicros look_back = 0;
};

// Reads the resources of one type that changed since a position, by HTTP search in the order of meta.lastUpdated.
//
// A pass asks for everything with _lastUpdated >= `from` (what the last pass reached, less the look-back; everything at first), oldest first.
// Never `gt`: many resources may share one time, and what was returned of them is known by its hash. While the server keeps the order, each
// page is a search of its own from the last time met, so that a resource which is changed or deleted meanwhile shifts no other one past a page's
// edge; `next` is followed within a run of equal times that is longer than a page. The order is believed when the self link doesn't deny it and
// a search for the newest resource answers another one than the search for the oldest. Where the server does not keep the order, `next` is
// followed throughout, and the position does not move before the pass has ended. Where it ignores _lastUpdated, what is older is left out here.
//
// The pass ends where the server has no more. Its position is the latest time met, or the server's own clock at the first request if that is
// earlier (a resource of tomorrow must not hide those of today). The next pass begins `look_back` before it.
class FhirSearchReader final : public RecordReader {
 public:
  // `start` is what the text of `start_offset` means.
  FhirSearchReader(std::unique_ptr<FhirServer> server, FhirSearchOptions options, FhirPosition start, Offset start_offset,
                   const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;

 private:
  std::string search_url(std::optional<TimestampMicros> since, std::string_view order, std::int64_t count) const;
  void begin_search(std::optional<TimestampMicros> since);
  Result<FhirPage> fetch_page();
  Status judge_order(const FhirPage& first_page);
  RawRecords take_entries(const FhirPage& page);
  Status choose_next_request(const FhirPage& page);
  void distrust_order(std::string_view evidence);
  void forget_what_cannot_come_again();
  void end_pass();
  bool may_end_here() const;
  void warn_once(bool& warned, std::string_view message);

  std::unique_ptr<FhirServer> server_;
  FhirSearchOptions options_;
  ReadContext context_;

  FhirPosition position_;  // in a pass until that has ended
  Offset start_offset_;
  std::optional<TimestampMicros> start_at_;
  bool started_between_passes_;
  std::uint64_t returned_ = 0;  // resources
  std::uint64_t pages_ = 0;

  // The search under way: its _lastUpdated, and the pages that its next links lead to.
  std::optional<TimestampMicros> since_;
  std::string next_url_;  // empty: the search's first page
  std::set<std::string> followed_;
  std::optional<TimestampMicros> last_met_;
  std::optional<std::uint64_t> total_;  // by its first page
  std::uint64_t matches_ = 0;
  int empty_pages_ = 0;
  int expirations_ = 0;

  // What is known of the server.
  bool order_judged_ = false;
  bool order_kept_ = true;
  bool filter_kept_ = true;
  bool warned_of_filter_ = false;
  bool warned_of_times_ = false;

  // Where next links are followed, a change on the server can shift resources past a page's edge. Where that may have happened, the pass goes
  // over the same time again.
  std::optional<std::optional<TimestampMicros>> followed_since_;
  bool changed_meanwhile_ = false;
  int repetitions_ = 0;
};

}  // namespace lakeflow
