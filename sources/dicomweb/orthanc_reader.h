#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sources/dicomweb/orthanc_api.h"
#include "sources/dicomweb/orthanc_position.h"
#include "sources/dicomweb/orthanc_records.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// Reads what became of the studies, series or instances of an Orthanc since a position.
//
// Changes. Orthanc logs each new instance, and nothing appears without one: a study or series is read again when one came into it. It logs no
// deletion, and takes the entries of what is deleted out of the log.
//
// Deletions. When the log was read to its end, the number of instances must be what it was, and one more for each that came. If it is, nothing was
// deleted. Else the table is compared with the ids of all resources of its level (StandingKeys): rows that have none are deleted, resources that have
// no row are read, and studies and series are all read again, as their counts may have changed; a record that is as it was is not returned (its
// hash is keyed state). The same is done from time to time whatever the numbers say (comparison_interval), and where the log is not the one that
// was read: of another server, of a backup, or emptied.
//
// Order. `read_at` grows with each page, so of two states of a resource the one that was read later stands.
class OrthancReader final : public RecordReader {
 public:
  static Result<std::unique_ptr<RecordReader>> open(std::unique_ptr<DicomwebServer> server, DicomTable table, const Offset& start,
                                                    const ReadContext& context);
  OrthancReader(std::unique_ptr<DicomwebServer> server, DicomTable table, OrthancPosition start, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return position_.offset(); }
  StateDelta state_delta() override;

 private:
  // What a step has done: nothing of it is so until it was returned.
  struct Step {
    OrthancPosition position;
    RawRecords records;
    StateDelta::Entries state = {};
    std::vector<std::pair<std::string, std::uint64_t>> hashes = {};
  };

  Status begin();
  Result<bool> is_same_log();
  Result<std::optional<std::uint64_t>> count_at(std::uint64_t seq);
  Status note_seen(OrthancPosition& position);

  Result<Step> begin_listing();
  Result<Step> go_on_listing();
  Result<std::optional<Step>> read_changes();
  Result<std::optional<End>> end_or_listing();

  Status take_deletions(Step& step);
  Status take_records(std::span<const std::string> ids, Step& step);
  TimestampMicros next_time() const;
  Result<bool> is_known(const std::string& id, std::uint64_t hash) const;
  bool keeps_hashes() const { return table_.level != DicomLevel::kInstance; }
  RawRecords give(Step step);

  const std::unique_ptr<DicomwebServer> server_;
  OrthancApi api_;
  const DicomTable table_;
  const ReadContext context_;
  OrthancPosition position_;

  bool has_begun_ = false;
  bool has_returned_ = false;  // records, which the table's committed keys don't have yet
  bool has_listed_ = false;
  std::optional<std::vector<std::string>> to_list_;        // the ids of the listing under way
  std::unordered_set<std::string> standing_;               // with a listing: the table's keys
  std::size_t listed_ = 0;                                 // of to_list_
  StateDelta::Entries state_;                              // since the last state_delta()
  std::unordered_map<std::string, std::uint64_t> hashes_;  // of this read
};

}  // namespace lakeflow
