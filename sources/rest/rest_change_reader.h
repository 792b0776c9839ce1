#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sources/interface/record_reader.h"
#include "sources/rest/rest_pages.h"
#include "sources/rest/rest_position.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"
#include "sources/rest/seen_records.h"

namespace lakeflow {

class PageRecords;

// What a reader of changes reads: a table's own list, or its list of deletes.
struct RestChanges {
  std::string table_name = {};
  const RestList* list = nullptr;
  const RestCursor* cursor = nullptr;
  // What names a record once it was returned: its key where records never change (append), else all of its bytes (empty).
  std::vector<std::string> identity = {};
  // Records that are the same to the last byte are several: of a table that only grows and has no key.
  bool repeats_count = false;
  std::string deleted_if = {};  // RestTable
  bool all_deleted = false;
  std::vector<std::pair<std::string, std::string>> columns = {};  // RestDeletes
  // A record stands for more than its bytes. While the time that it names lasts (the second, the minute, the day), what it stands for may change
  // again and it may look as before: so it is returned once that time is over, and the place stays before it until then.
  bool waits_for_its_time = false;
};

// The records of a list from a place on, in the order of the server, each once.
//
// A place is a value of the cursor: all that is earlier was returned. It is asked for from there on, and earlier by the look-back and a unit of the
// filter, and what is known (SeenRecords) is dropped: so ties, late commits and a filter that means "after" lose nothing. The place never passes the
// server's clock, less the lag: what lies in the future is returned, and asked for again until its time has come.
//
// Where the list is ascending, a place stands behind each page; pages that are numbered are then not counted through, but asked for from the last
// value on, as numbered pages shift when a record changes. Else, and where a numbered list has no filter, there is a place only at the end, and where
// pages shifted or records are missing by the server's count the list is walked again, as for a snapshot.
class RestChangeReader final : public RecordReader {
 public:
  static Result<std::unique_ptr<RestChangeReader>> open(std::unique_ptr<RestServer> server, RestChanges changes, const Offset& start,
                                                        const ReadContext& context);

  RestChangeReader(std::unique_ptr<RestServer> server, RestChanges changes, RestPosition start, SeenRecords seen, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

  // What offset() says.
  std::optional<RestPosition> position() const;
  RestCursor::Form form() const { return changes_.cursor->form; }

 private:
  void walk_from(std::optional<CursorValue> value);
  Result<RawRecords> take_page(const RestPage& page);
  Status take_record(std::string_view record, PageRecords& records);
  void remember(std::string identity, CursorValue value);
  Status note_value(CursorValue value);
  Status move_place(const RestPage& page);
  Status walk_again();
  bool lasts_still(CursorValue value, std::string_view text) const;
  void read_up_to(std::optional<CursorValue> value);
  CursorValue known_from(CursorValue value) const;
  bool steps() const;
  bool only_grows() const { return !changes_.identity.empty() || changes_.repeats_count; }
  bool is_counted() const { return !changes_.list->paging.total_at.empty() || !changes_.list->paging.total_header.empty(); }
  bool is_ascending() const { return changes_.cursor->order == RestCursor::Order::kAscending; }
  bool is_time() const { return changes_.cursor->form != RestCursor::Form::kNumber; }

  const std::unique_ptr<RestServer> server_;
  const RestChanges changes_;
  const ReadContext context_;
  const CursorValue look_back_;
  const std::optional<CursorValue> floor_;  // what is earlier was brought by an earlier read
  RestPosition place_;                      // as it is said now
  const RestPosition start_;
  SeenRecords seen_;

  std::optional<RestPages> pages_;
  std::optional<CursorValue> walked_from_;        // what this walk is over
  std::optional<CursorValue> asked_from_;         // a unit before it
  std::unordered_map<std::string, int> repeats_;  // of this walk
  // Of a table that only grows, where the count may make the walk begin anew before what `seen_` has forgotten: what came, up to kMostReturned.
  std::unordered_set<std::string> returned_;
  bool returned_more_ = false;
  std::optional<CursorValue> last_;     // value of the walk
  std::optional<CursorValue> newest_;   // value that came at all
  std::optional<CursorValue> now_;      // less the lag, by the server's clock at the first answer
  std::optional<CursorValue> waiting_;  // earliest value whose time lasts still
  bool filter_is_ignored_ = false;
  bool has_place_ = false;
  bool is_at_end_ = false;
  std::uint64_t page_ = 0;
  int doubtful_walks_ = 0;  // one after the other
};

}  // namespace lakeflow
