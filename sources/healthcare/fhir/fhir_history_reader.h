#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sources/healthcare/fhir/fhir_history_entry.h"
#include "sources/healthcare/fhir/fhir_paging.h"
#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/healthcare/fhir/fhir_strategy.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirHistoryOptions {
  std::string type;
  std::int64_t page_size = 0;
  TimestampMicros look_back = 0;
  std::vector<std::uint64_t>* ids_returned = nullptr;  // as FhirSearchOptions has it
};

// Reads what became of the resources of one type since a position: every version and every deletion, by the type's _history.
//
// A history is newest first and has no upper bound (FHIR R4 §3.1.0.12), so a window is read from its newest entry down to `_since` (what the last
// one reached, less the look-back), and only its end is a place to go on from. What is written meanwhile comes in at the front, moves others to later
// pages and is of the next window: nothing is lost by that. Where the server counts, as many entries must come as it counted; else the
// window is read again until it is. A next link that expired begins the window again; what was returned is known (SeenVersions).
//
// The destination orders the events of a resource by meta.lastUpdated, so each deletion is given a time there:
//   - its own (response.lastModified), or, where the server tells none, a microsecond after the next older entry of the history;
//   - but always before that of the newer version of the same resource, if there is one: who came back in the same second stays.
// Of versions of a resource that share one time the newest alone is returned: no order is left among the others.
class FhirHistoryReader final : public RecordReader {
 public:
  // The position is between passes, and not the start. The server outlives the reader.
  FhirHistoryReader(FhirServer& server, FhirHistoryOptions options, FhirPosition start, SeenVersions seen, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  // Nothing before the window's end.
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

  // Where the next read goes on; the start's where nothing was new.
  FhirPosition position() const;
  // After an error: the server would not give a history at all.
  bool was_refused() const { return pages_ == 0 && refuses_history(server_.last_status()); }

 private:
  // What is known of a resource of which newer entries were met in this reading.
  struct Newer {
    std::optional<TimestampMicros> upsert;  // the time of the next newer version
    std::uint64_t hash = 0;                 // of the next newer entry
    bool is_deletion = false;               // that entry
  };
  // A deletion without a time, which waits for the next older entry.
  struct Waiting {
    FhirDeletion deletion;
    std::uint64_t hash = 0;
    std::uint64_t page = 0;
    std::optional<TimestampMicros> before;
  };
  class Records;

  void begin_reading();
  Result<FhirPage> fetch_page();
  void take_entries(const FhirPage& page, Records& into);
  void take_version(const fhir::BundleEntry& entry, Records& into);
  void note_returned(std::string_view id);
  void take_deletion(FhirDeletion deletion, Records& into);
  void place_waiting(TimestampMicros after, Records& into);
  void note_time(TimestampMicros time);
  Status end_reading();
  void end_window();
  void warn(std::string_view message);

  FhirServer& server_;
  FhirHistoryOptions options_;
  ReadContext context_;
  const FhirPosition start_;
  FhirPosition position_;
  SeenVersions seen_;

  const TimestampMicros since_;
  std::optional<TimestampMicros> date_;  // the server's clock at the first page
  std::optional<TimestampMicros> high_;
  bool ended_ = false;
  std::uint64_t returned_ = 0;
  std::uint64_t pages_ = 0;
  int readings_ = 0;

  // The reading under way.
  FhirPaging paging_;
  std::uint64_t pages_of_reading_ = 0;
  std::optional<std::uint64_t> total_;
  std::unordered_map<std::uint64_t, Newer> newer_;  // by the hash of an id
  std::deque<Waiting> waiting_;
  std::unordered_set<std::uint64_t> met_;
  std::optional<std::unordered_set<std::uint64_t>> met_before_;  // by the reading before
  bool is_past_window_ = false;                                  // a page held nothing but what is older

  bool order_kept_ = true;  // the entries of a resource come newest first
  bool since_kept_ = true;
  bool warned_of_times_ = false;
  bool warned_of_ids_ = false;
};

}  // namespace lakeflow
