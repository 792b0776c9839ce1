#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>

#include "sources/dicomweb/dicom_table.h"
#include "sources/dicomweb/dicomweb_server.h"
#include "sources/interface/record_reader.h"

namespace lakeflow {

// Reads all studies, series or instances of a server of which nothing but DICOMweb is known, page by page (limit and offset).
//
// The standard promises no order, and pages shift where the server changes while it is read. So all is read again, until a whole reading brought
// nothing new: each record comes once, and a snapshot ends as complete only then. What has been deleted meanwhile goes with the next one.
// A server that pays no heed to `offset`, and gives all each time, is asked for what lies far behind its end.
class QidoSnapshotReader final : public RecordReader {
 public:
  QidoSnapshotReader(std::unique_ptr<DicomwebServer> server, DicomTable table, const ReadContext& context);

  Result<std::variant<RawRecords, End>> next() override;
  std::optional<Offset> offset() const override { return std::nullopt; }

 private:
  Result<bool> pays_heed_to_offset();
  Status end_reading();
  Status check_count() const;

  const std::unique_ptr<DicomwebServer> server_;
  const DicomTable table_;
  const ReadContext context_;
  std::unordered_set<std::uint64_t> returned_;  // hashes of UIDs
  int readings_ = 0;
  std::uint64_t pages_ = 0;
  std::uint64_t met_ = 0;          // records of this reading: the offset of the next page
  std::uint64_t new_ = 0;          // of them, those that no page brought before
  std::optional<bool> pays_heed_;  // to `offset`, once that is known
  bool is_complete_ = false;
};

}  // namespace lakeflow
