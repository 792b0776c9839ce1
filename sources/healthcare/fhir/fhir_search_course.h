#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/logging.h"
#include "sources/healthcare/fhir/fhir_paging.h"
#include "sources/healthcare/fhir/fhir_paging_proof.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_server.h"

namespace lakeflow {

// What is searched for by every request of a course.
struct FhirSearchTerms {
  std::string type;
  std::int64_t page_size = 0;
  std::string filter = {};    // of the table (search_filter), encoded
  std::string patient = {};   // whose resources: "patient=12"; empty: everybody's
  std::string elements = {};  // what is asked for of each resource: "_elements=id,meta,status"
};

// What a server's answers have shown of it.
struct FhirHabits {
  bool order_judged = false;
  bool keeps_order = true;   // that of _sort
  bool keeps_filter = true;  // _lastUpdated
  bool takes_total = true;   // _total=accurate
};

// Which times a course goes over.
struct FhirCourseRange {
  std::optional<TimestampMicros> from = {};   // nothing: the beginning of all times
  std::optional<TimestampMicros> start = {};  // the first search begins here: what is earlier was given before. Not before `from`
  std::optional<TimestampMicros> until = {};  // a whole second, later than `start`; nothing: no end
};

// A page of a course, looked at.
struct FhirCoursePage {
  struct Resource {
    std::size_t entry;                    // index into page.answer.entries
    std::uint64_t version;                // SeenVersions::hash_of
    std::optional<TimestampMicros> time;  // its meta.lastUpdated
    bool is_too_old;                      // older than what was asked for
  };
  FhirPage page;
  std::vector<Resource> resources;                // of the type, with what they hold
  std::vector<std::size_t> empty_entries;         // indices of entries without a resource
  std::map<std::string, std::uint64_t> left_out;  // others, by reason

  // With this page:
  std::optional<TimestampMicros> at;       // everything of the range before this time was given
  std::optional<TimestampMicros> settled;  // what is older than this can't come again, as long as the order is kept
  std::optional<TimestampMicros> since;    // of the search that gave the page
  bool goes_on_by_time = false;            // the next request is a search of its own, from `at`
  bool is_last = false;
  bool falls_short = false;               // the server counted more than it gave
  std::optional<TimestampMicros> newest;  // of the whole course, where it was asked for to judge the order
  FhirHabits habits;
  std::string_view evidence_against_order = {};  // where the page, or what was asked after it, is that
};

// The requests that read all resources of a type within a range of times, page by page, and what is known by then.
//
// While the server keeps the order, each page is a search of its own from the last time met, so that a resource which is changed or deleted
// meanwhile shifts no other one past a page's edge. The order is believed when the self link doesn't deny it and a search for the newest
// resource answers another one than the search for the oldest, and it is watched.
//
// `next` is followed where there is no other way: within a second of which a page's worth shares one time; and throughout where the server
// does not keep the order, or ignores _lastUpdated. Such a search asks for its count, and is read again until it is known to be whole
// (PagingProof): `at` does not move before that. Where it never is, as the server's data keep changing, the course ends with a source error.
//
// A course with an end (`until`) relies on order and on both limits: where it sees that the server keeps one of them not, that page is its last, and
// whoever reads it goes on with one that has no end, from `from` where it is the order.
//
// Used by one thread at a time, as its server is.
class FhirSearchCourse {
 public:
  // Server and log outlive it.
  FhirSearchCourse(FhirServer& server, FhirSearchTerms terms, const FhirCourseRange& range, const FhirHabits& habits, Logger& log);

  // The next page; not to be called after the last one, nor after an error.
  Result<FhirCoursePage> next(const std::stop_token& stop);

 private:
  void begin_search(const FhirSearch& search);
  void begin_reading();
  void begin_second(TimestampMicros time);
  Result<FhirPage> fetch_page(const std::stop_token& stop);
  void look_at(FhirCoursePage& page);
  Status choose_next_request(FhirCoursePage& page);
  Status end_search(FhirCoursePage& page);
  void advance(FhirCoursePage& page);
  void go_on_by_time(FhirCoursePage& page);
  void distrust_order(FhirCoursePage& page, std::string_view evidence);
  bool is_cut_short(const FhirPage& page) const;

  FhirServer& server_;
  const FhirSearchTerms terms_;
  const FhirCourseRange range_;
  Logger& log_;
  FhirHabits habits_;
  std::optional<TimestampMicros> at_;
  std::uint64_t pages_ = 0;

  // The search under way, and the pages that its next links lead to.
  FhirSearch search_;
  bool is_of_a_second_ = false;  // of one that is longer than a page
  FhirPaging paging_;
  std::optional<TimestampMicros> last_met_;
  PagingProof proof_;
  std::size_t least_ = 0;     // versions that it must give
  std::size_t furthest_ = 0;  // versions that a reading of it gave
  int empty_pages_ = 0;
};

}  // namespace lakeflow
