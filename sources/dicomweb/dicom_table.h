#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "base/error.h"
#include "base/options.h"
#include "sources/dicomweb/dicom_attribute.h"

namespace lakeflow {

enum class DicomLevel { kStudy, kSeries, kInstance };

// What fills a column.
struct DicomColumn {
  enum class Role {
    kValue,      // the attribute's values
    kDate,       // the day that a DA names, beside its text
    kLocalTime,  // of a TM: the time on its date, as it was written
    kUtcTime,    // the same, where the record tells the offset from UTC
    kRecord,     // the record as it was sent
    kOrthancId,  // the name of the resource in Orthanc: the end of the record's origin
    kReadAt,     // when the record was asked for: its position
  };
  Role role = Role::kValue;
  DicomAttribute attribute = {};
};

// A table: one row for each study, series or instance.
struct DicomTable {
  std::string name;  // "studies", "series", "instances": also the path of its search
  DicomLevel level = DicomLevel::kStudy;
  std::string uid_tag;                    // of the attribute that names a resource of the level
  bool of_orthanc = false;                // rows are resources of an Orthanc, in the order in which they were read
  std::vector<DicomColumn> columns = {};  // in the order of `schema`
  std::shared_ptr<arrow::Schema> schema = {};
  std::vector<std::string> further_tags = {};  // what a search has to be asked for: everything that it need not return by itself

  // A user error that names the nearest table where there is none of this name, or the nearest keyword where include_fields has an unknown one.
  static Result<DicomTable> find(std::string_view name, bool of_orthanc, const Options& table_options);

  const std::string& key_column() const;
};

// "studies", "series", "instances".
std::vector<std::string> dicom_table_names();

}  // namespace lakeflow
