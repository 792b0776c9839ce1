#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/logging.h"
#include "sources/dicomweb/orthanc_api.h"

namespace lakeflow {

// The records of resources of Orthanc, by QIDO-RS.
struct OrthancRecords {
  struct Record {
    std::string id;
    std::string_view bytes;
  };
  std::vector<Record> records;
  std::vector<Record> ambiguous;  // whose they are can't be told: several resources share their UID
  std::vector<std::shared_ptr<std::string>> texts;
  std::size_t wire_bytes = 0;
};

// Asks for the records of these resources (of the table's level, or below it) as they are now. Each of them that is there is among the
// records, or was gone when the server was asked once more, or it is a source error: nothing is left out in silence.
//
// DICOM's UIDs name a resource in the world; in an Orthanc two resources share one where the same study came under two patient IDs. Then the
// resource of a record is known by what Orthanc makes its ids of: the SHA-1 of patient ID and UIDs.
Result<OrthancRecords> fetch_orthanc_records(DicomwebServer& server, const DicomTable& table, std::span<const std::string> ids,
                                             const std::stop_token& stop);

// "952e894d-e5e12c99-5d875580-f221c266-c69a0019": how Orthanc names a resource of the level.
std::string orthanc_id(DicomLevel level, const QidoRecord& record);

}  // namespace lakeflow
