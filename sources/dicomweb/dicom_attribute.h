#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lakeflow {

// How the values of an attribute become a column.
enum class DicomForm : std::uint8_t {
  kText,        // AE, AS, AT, CS, LO, LT, SH, ST, UC, UI, UR, UT
  kDate,        // DA
  kTime,        // TM
  kPersonName,  // PN
  kInteger,     // IS, SL, SS, SV, UL, US, UV
  kDecimal,     // DS, FD, FL
  kJson,        // SQ, what is binary, and what this program does not know: the JSON as it was sent
};

// A data element of the DICOM data dictionary (PS3.6), as far as tables need it.
struct DicomAttribute {
  std::string tag;      // eight hexadecimal digits, as the DICOM JSON model has them (PS3.18 F.2.2): "0020000D"
  std::string keyword;  // "StudyInstanceUID"; of a tag without one: "Tag00091001"
  DicomForm form = DicomForm::kText;
  bool repeats = false;   // its value multiplicity may be more than one
  std::string date = {};  // of a time: the tag of the date that it belongs to

  std::string column() const;  // the keyword in snake_case: "study_instance_uid"
};

// By its keyword, or by its tag ("00081030"; then any, also a private one). Nothing where it is neither a known keyword nor a tag.
std::optional<DicomAttribute> find_dicom_attribute(std::string_view name);

// The known keyword that a mistyped one most likely meant.
std::optional<std::string> nearest_dicom_keyword(std::string_view keyword);

}  // namespace lakeflow
