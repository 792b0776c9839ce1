#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sources/healthcare/fhir/fhir_position.h"
#include "sources/healthcare/fhir/fhir_read_ahead.h"
#include "sources/healthcare/fhir/fhir_search_course.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"
#include "sources/healthcare/fhir/fhir_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

struct FhirSearchOptions {
  FhirSearchTerms terms;
  TimestampMicros look_back = 0;
  // Take FhirSearchReader::hash_of_id of each resource that is met, or returned; outlive the reader.
  std::vector<std::uint64_t>* ids_met = nullptr;
  std::vector<std::uint64_t>* ids_returned = nullptr;
  std::vector<std::uint64_t>* versions_returned = nullptr;  // takes SeenVersions::hash_of each record that is returned
};

// Reads the resources of one type that changed since a position, by HTTP search in the order of meta.lastUpdated (FhirSearchCourse).
//
// A pass asks for everything with _lastUpdated >= `from` (what the last pass reached, less the look-back; everything at first), oldest first.
// Never `gt`: many resources may share one time, and what was returned is known by its version (SeenVersions).
//
// Where more than some pages are to come, they are read ahead in windows of time, several at once (FhirReadAhead), once the server is known to
// keep order and filter. They are returned in the order of time all the same, so that a position is one place. The windows end at the
// newest resource, or where the server's clock stood: what is changed meanwhile moves behind them, and is read after all of them.
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
  // What goes with it, for who keeps it by himself.
  const SeenVersions& seen() const { return seen_; }
  // Whether the server has given a page.
  bool was_answered() const { return pages_ > 0; }
  // The pass is at its end: next() has nothing more.
  bool has_ended() const { return !position_.pass; }

 private:
  // What may be much.
  struct Backlog {
    TimestampMicros since;
    TimestampMicros until;
    std::size_t page;             // resources on the page before it
    TimestampMicros page_length;  // the time that they lie in
  };

  void begin_course();
  Result<FhirCoursePage> next_page();
  RawRecords take_resources(const FhirCoursePage& page);
  void go_on(const FhirCoursePage& page);
  void learn(const FhirCoursePage& page);
  void forget_before(TimestampMicros time);
  bool may_read_ahead(const FhirCoursePage& page) const;
  Status read_ahead(const Backlog& backlog);
  void end_reading_ahead(std::string_view because);
  void end_pass();
  bool is_unchanged() const;
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

  // One of the two.
  std::unique_ptr<FhirSearchCourse> course_;
  std::unique_ptr<FhirReadAhead> ahead_;
  std::optional<Backlog> backlog_;  // is looked at by the next call
  bool may_ask_for_windows_ = true;
  std::optional<TimestampMicros> newest_;  // lastUpdated on the server, when the order was judged; until it was made use of

  FhirHabits habits_;
  bool warned_of_times_ = false;
  bool warned_of_memory_ = false;
  bool warned_of_count_ = false;
};

}  // namespace lakeflow
