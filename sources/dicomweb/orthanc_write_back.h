#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/dicomweb/orthanc_api.h"

namespace lakeflow {

// Records for tests (write_back.h): small DICOM files that are stored in an Orthanc, of a patient "lakeflow-test" and studies of their own. A study
// or series gets an instance more with each revision, an instance is stored anew with another number. Gives the resource's id.
Result<std::string> put_orthanc_record(DicomwebServer& server, const DicomTable& table, std::string_view name, int revision,
                                       const std::stop_token& stop);

// With all that is below it.
Status delete_orthanc_record(DicomwebServer& server, const DicomTable& table, std::string_view name, const std::stop_token& stop);

}  // namespace lakeflow
