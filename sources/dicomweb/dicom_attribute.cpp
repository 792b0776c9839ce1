#include "sources/dicomweb/dicom_attribute.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "base/options.h"

namespace lakeflow {
namespace {

struct Known {
  std::string_view tag;
  std::string_view keyword;
  DicomForm form;
  bool repeats = false;
  std::string_view date = {};
};

using enum DicomForm;

// What QIDO-RS returns (PS3.18 tables 10.6.3-3 to 10.6.3-5), and what people most often ask for beside it (PS3.6 table 6-1).
constexpr auto kKnown = std::to_array<Known>({
    {"00080005", "SpecificCharacterSet", kText, true},
    {"00080008", "ImageType", kText, true},
    {"00080012", "InstanceCreationDate", kDate},
    {"00080013", "InstanceCreationTime", kTime, false, "00080012"},
    {"00080016", "SOPClassUID", kText},
    {"00080018", "SOPInstanceUID", kText},
    {"00080020", "StudyDate", kDate},
    {"00080021", "SeriesDate", kDate},
    {"00080022", "AcquisitionDate", kDate},
    {"00080023", "ContentDate", kDate},
    {"00080030", "StudyTime", kTime, false, "00080020"},
    {"00080031", "SeriesTime", kTime, false, "00080021"},
    {"00080032", "AcquisitionTime", kTime, false, "00080022"},
    {"00080033", "ContentTime", kTime, false, "00080023"},
    {"00080050", "AccessionNumber", kText},
    {"00080051", "IssuerOfAccessionNumberSequence", kJson},
    {"00080054", "RetrieveAETitle", kText, true},
    {"00080056", "InstanceAvailability", kText},
    {"00080060", "Modality", kText},
    {"00080061", "ModalitiesInStudy", kText, true},
    {"00080062", "SOPClassesInStudy", kText, true},
    {"00080068", "PresentationIntentType", kText},
    {"00080070", "Manufacturer", kText},
    {"00080080", "InstitutionName", kText},
    {"00080081", "InstitutionAddress", kText},
    {"00080090", "ReferringPhysicianName", kPersonName},
    {"00080201", "TimezoneOffsetFromUTC", kText},
    {"00081010", "StationName", kText},
    {"00081030", "StudyDescription", kText},
    {"00081032", "ProcedureCodeSequence", kJson},
    {"0008103E", "SeriesDescription", kText},
    {"00081040", "InstitutionalDepartmentName", kText},
    {"00081048", "PhysiciansOfRecord", kPersonName, true},
    {"00081050", "PerformingPhysicianName", kPersonName, true},
    {"00081060", "NameOfPhysiciansReadingStudy", kPersonName, true},
    {"00081070", "OperatorsName", kPersonName, true},
    {"00081080", "AdmittingDiagnosesDescription", kText, true},
    {"00081090", "ManufacturerModelName", kText},
    {"00081190", "RetrieveURL", kText},
    {"00082218", "AnatomicRegionSequence", kJson},
    {"00100010", "PatientName", kPersonName},
    {"00100020", "PatientID", kText},
    {"00100021", "IssuerOfPatientID", kText},
    {"00100030", "PatientBirthDate", kDate},
    {"00100032", "PatientBirthTime", kTime, false, "00100030"},
    {"00100040", "PatientSex", kText},
    {"00101000", "OtherPatientIDs", kText, true},
    {"00101001", "OtherPatientNames", kPersonName, true},
    {"00101002", "OtherPatientIDsSequence", kJson},
    {"00101010", "PatientAge", kText},
    {"00101020", "PatientSize", kDecimal},
    {"00101030", "PatientWeight", kDecimal},
    {"00102160", "EthnicGroup", kText},
    {"00104000", "PatientComments", kText},
    {"00180010", "ContrastBolusAgent", kText},
    {"00180015", "BodyPartExamined", kText},
    {"00180022", "ScanOptions", kText, true},
    {"00180050", "SliceThickness", kDecimal},
    {"00180060", "KVP", kDecimal},
    {"00180081", "EchoTime", kDecimal},
    {"00180088", "SpacingBetweenSlices", kDecimal},
    {"00181000", "DeviceSerialNumber", kText},
    {"00181020", "SoftwareVersions", kText, true},
    {"00181030", "ProtocolName", kText},
    {"00185100", "PatientPosition", kText},
    {"00185101", "ViewPosition", kText},
    {"0020000D", "StudyInstanceUID", kText},
    {"0020000E", "SeriesInstanceUID", kText},
    {"00200010", "StudyID", kText},
    {"00200011", "SeriesNumber", kInteger},
    {"00200012", "AcquisitionNumber", kInteger},
    {"00200013", "InstanceNumber", kInteger},
    {"00200020", "PatientOrientation", kText, true},
    {"00200032", "ImagePositionPatient", kDecimal, true},
    {"00200037", "ImageOrientationPatient", kDecimal, true},
    {"00200052", "FrameOfReferenceUID", kText},
    {"00200060", "Laterality", kText},
    {"00200100", "TemporalPositionIdentifier", kInteger},
    {"00201041", "SliceLocation", kDecimal},
    {"00201206", "NumberOfStudyRelatedSeries", kInteger},
    {"00201208", "NumberOfStudyRelatedInstances", kInteger},
    {"00201209", "NumberOfSeriesRelatedInstances", kInteger},
    {"00204000", "ImageComments", kText},
    {"00280002", "SamplesPerPixel", kInteger},
    {"00280004", "PhotometricInterpretation", kText},
    {"00280008", "NumberOfFrames", kInteger},
    {"00280010", "Rows", kInteger},
    {"00280011", "Columns", kInteger},
    {"00280030", "PixelSpacing", kDecimal, true},
    {"00280100", "BitsAllocated", kInteger},
    {"00280101", "BitsStored", kInteger},
    {"00321032", "RequestingPhysician", kPersonName},
    {"00321033", "RequestingService", kText},
    {"00321060", "RequestedProcedureDescription", kText},
    {"00400244", "PerformedProcedureStepStartDate", kDate},
    {"00400245", "PerformedProcedureStepStartTime", kTime, false, "00400244"},
    {"00400253", "PerformedProcedureStepID", kText},
    {"00400254", "PerformedProcedureStepDescription", kText},
    {"00400260", "PerformedProtocolCodeSequence", kJson},
    {"00400275", "RequestAttributesSequence", kJson},
    {"00540081", "NumberOfSlices", kInteger},
});

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

DicomAttribute attribute_of(const Known& known) {
  return {.tag = std::string(known.tag),
          .keyword = std::string(known.keyword),
          .form = known.form,
          .repeats = known.repeats,
          .date = std::string(known.date)};
}

std::optional<std::string> parse_tag(std::string_view text) {
  std::string tag;
  for (const char c : text) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) {
      return std::nullopt;
    }
    tag += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return tag.size() == 8 ? std::optional(std::move(tag)) : std::nullopt;
}

}  // namespace

std::string DicomAttribute::column() const {
  std::string name;
  for (std::size_t i = 0; i < keyword.size(); ++i) {
    const char c = keyword[i];
    const bool begins_word = is_upper(c) && i > 0 && (!is_upper(keyword[i - 1]) || (i + 1 < keyword.size() && is_lower(keyword[i + 1])));
    if (begins_word) {
      name += '_';
    }
    name += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return name;
}

std::optional<DicomAttribute> find_dicom_attribute(std::string_view name) {
  if (const auto known = std::ranges::find(kKnown, name, &Known::keyword); known != kKnown.end()) {
    return attribute_of(*known);
  }
  const std::optional<std::string> tag = parse_tag(name);
  if (!tag) {
    return std::nullopt;
  }
  if (const auto known = std::ranges::find(kKnown, *tag, &Known::tag); known != kKnown.end()) {
    return attribute_of(*known);
  }
  std::string keyword = "Tag" + *tag;
  std::ranges::transform(keyword.begin() + 3, keyword.end(), keyword.begin() + 3,
                         [](char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return DicomAttribute{.tag = *tag, .keyword = std::move(keyword), .form = kJson};
}

std::optional<std::string> nearest_dicom_keyword(std::string_view keyword) {
  std::vector<std::string> keywords;
  keywords.reserve(kKnown.size());
  for (const Known& known : kKnown) {
    keywords.emplace_back(known.keyword);
  }
  return nearest_name(keyword, keywords);
}

}  // namespace lakeflow
