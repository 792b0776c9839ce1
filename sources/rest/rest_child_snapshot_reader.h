#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sources/interface/record_reader.h"
#include "sources/rest/rest_parent_record.h"
#include "sources/rest/rest_server.h"
#include "sources/rest/rest_table.h"
#include "sources/rest/rest_whole_list.h"

namespace lakeflow {

// The lists below all records of another table's list. The parents are listed first, whole, and what their lists need of them is kept (some 100 bytes
// each), so that neither their pages shift nor their tokens end while the lists below them are read. It is complete where the parents' list and each
// list below were read whole. A parent that is gone by then has no rows; where all are, that is a source error: nobody is at this path.
class RestChildSnapshotReader final : public RecordReader {
 public:
  // The tables outlive it.
  RestChildSnapshotReader(std::unique_ptr<RestServer> server, const RestTable& table, const RestTable& parent, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return std::nullopt; }

 private:
  Status take_parents(const RestWholeList::Page& came);
  Result<RawRecords> rows_of(const RestWholeList::Page& came);
  Status refuse_if_all_are_gone() const;

  const std::unique_ptr<RestServer> server_;
  const RestTable& table_;
  const RestTable& parent_table_;
  const ReadContext context_;
  std::optional<RestWholeList> parents_list_;  // until it has ended
  std::vector<RestParentRecord> parents_;
  std::size_t next_parent_ = 0;
  std::optional<RestWholeList> list_;  // below the parent before the next one
  std::uint64_t gone_ = 0;
  std::uint64_t page_ = 0;
};

}  // namespace lakeflow
