#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "sources/interface/record_reader.h"
#include "sources/rest/rest_change_reader.h"
#include "sources/rest/rest_parent_record.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"
#include "sources/rest/rest_whole_list.h"

namespace lakeflow {

// The lists below those records of another table's list that moved since a place (RestParent::moves_with_list). The place is the parents' own
// (RestChangeReader), and stands behind a parent only once the list below it was read whole. So the offset is as small as theirs, and what was broken
// off goes on from there.
//
// A list that is read again comes with all of its rows; what is no more in it comes as a deletion: the keyed state has the keys of each parent's
// rows. A parent that is gone, or marked as deleted, has no rows.
class RestChildChangeReader final : public RecordReader {
 public:
  // `parents` reads the changes of the parent's table for this one. The tables outlive the reader.
  RestChildChangeReader(std::unique_ptr<RestServer> server, std::unique_ptr<RestChangeReader> parents, const RestTable& table, bool is_first_load,
                        const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override;
  StateDelta state_delta() override;

 private:
  struct Parent {
    RestParentRecord record;
    bool is_deleted = false;
  };
  // The list below a parent that is being read.
  struct Below {
    Parent parent;
    std::string path;
    std::optional<RestWholeList> list;  // none below a parent that is marked as deleted
    std::set<std::string> keys;         // RestParentRecord's own_key_below, of what came
  };

  Result<RawRecords> take_parents(const RawRecords& raw);
  Result<RawRecords> next_below();
  Result<RawRecords> rows_of(const RestWholeList::Page& came);
  Result<RawRecords> finish();
  Result<std::set<std::string>> known_keys(const std::string& entry) const;

  const std::unique_ptr<RestServer> server_;
  const std::unique_ptr<RestChangeReader> parents_;
  const RestTable& table_;
  const ReadContext context_;
  std::deque<Parent> moved_;
  std::optional<Below> below_;
  bool has_answered_;  // some list below a parent was there
  std::uint64_t gone_ = 0;
  std::uint64_t page_ = 0;
  std::unordered_map<std::string, std::string> written_;  // entries of the keyed state by this read; what was committed of them may not be seen yet
  StateDelta delta_;                                      // those since the last offset
  std::uint64_t deltas_ = 0;
};

}  // namespace lakeflow
