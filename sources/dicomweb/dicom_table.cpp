#include "sources/dicomweb/dicom_table.h"

#include <algorithm>
#include <array>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sources/interface/schema_rules.h"

namespace lakeflow {
namespace {

using Role = DicomColumn::Role;
using Names = std::vector<std::string_view>;

// PS3.18 tables 10.6.3-3 to 10.6.3-5: what every answer holds, where it has a value; and a few that nearly all servers have.
const Names kOfStudy = {"StudyInstanceUID",
                        "StudyDate",
                        "StudyTime",
                        "AccessionNumber",
                        "StudyID",
                        "StudyDescription",
                        "ReferringPhysicianName",
                        "PatientID",
                        "IssuerOfPatientID",
                        "PatientName",
                        "PatientBirthDate",
                        "PatientSex",
                        "SpecificCharacterSet",
                        "TimezoneOffsetFromUTC",
                        "InstanceAvailability",
                        "RetrieveURL"};
const Names kOfStudyAlone = {"ModalitiesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"};
const Names kOfSeries = {"SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription"};
const Names kOfSeriesAlone = {"NumberOfSeriesRelatedInstances", "PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime",
                              "RequestAttributesSequence"};
const Names kOfInstance = {"SOPInstanceUID", "SOPClassUID", "InstanceNumber", "Rows", "Columns", "BitsAllocated", "NumberOfFrames"};

struct Level {
  std::string_view table;
  DicomLevel level;
  std::string_view uid_tag;
  std::vector<const Names*> attributes;
};
const std::array<Level, 3> kLevels = {{
    {"studies", DicomLevel::kStudy, "0020000D", {&kOfStudy, &kOfStudyAlone}},
    {"series", DicomLevel::kSeries, "0020000E", {&kOfSeries, &kOfSeriesAlone, &kOfStudy}},
    {"instances", DicomLevel::kInstance, "00080018", {&kOfInstance, &kOfSeries, &kOfStudy}},
}};

std::shared_ptr<arrow::DataType> person_name_type() {
  return arrow::struct_(
      {arrow::field("alphabetic", arrow::utf8()), arrow::field("ideographic", arrow::utf8()), arrow::field("phonetic", arrow::utf8())});
}

std::shared_ptr<arrow::DataType> type_of(const DicomAttribute& attribute) {
  std::shared_ptr<arrow::DataType> type = arrow::utf8();
  switch (attribute.form) {
    case DicomForm::kInteger: type = arrow::int64(); break;
    case DicomForm::kDecimal: type = arrow::float64(); break;
    case DicomForm::kPersonName: type = person_name_type(); break;
    case DicomForm::kText:
    case DicomForm::kDate:
    case DicomForm::kTime:
    case DicomForm::kJson: break;
  }
  return attribute.repeats ? arrow::list(type) : type;
}

class TableBuilder {
 public:
  explicit TableBuilder(DicomTable& table) : table_(table) {}

  bool has(const DicomAttribute& attribute) const {
    return std::ranges::any_of(table_.columns, [&](const DicomColumn& column) { return column.attribute.tag == attribute.tag; });
  }

  void add(std::string name, std::shared_ptr<arrow::DataType> type, DicomColumn column, const std::string& description) {
    fields_.push_back(arrow::field(std::move(name), std::move(type), true, arrow::key_value_metadata({std::string(kDescription)}, {description})));
    table_.columns.push_back(std::move(column));
  }

  void add(const DicomAttribute& attribute) {
    const std::string name = attribute.column();
    const std::string tag = fmt::format("({},{})", attribute.tag.substr(0, 4), attribute.tag.substr(4));
    add(name, type_of(attribute), {Role::kValue, attribute}, fmt::format("{} {}", attribute.keyword, tag));
    if (attribute.form == DicomForm::kDate) {
      add(name + "_local", arrow::date32(), {Role::kDate, attribute}, fmt::format("The day of {}", name));
    }
    if (attribute.form == DicomForm::kTime) {
      add(name + "_local", arrow::timestamp(arrow::TimeUnit::MICRO), {Role::kLocalTime, attribute},
          fmt::format("{} on its date, as it was written", name));
      add(name + "_utc", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), {Role::kUtcTime, attribute},
          fmt::format("The instant of {}, where the offset from UTC is told", name));
    }
  }

  std::shared_ptr<arrow::Schema> schema() { return arrow::schema(std::move(fields_)); }

 private:
  DicomTable& table_;
  arrow::FieldVector fields_;
};

}  // namespace

std::vector<std::string> dicom_table_names() {
  std::vector<std::string> names;
  for (const Level& level : kLevels) {
    names.emplace_back(level.table);
  }
  return names;
}

const std::string& DicomTable::key_column() const { return schema->field(0)->name(); }

Result<DicomTable> DicomTable::find(std::string_view name, bool of_orthanc, const Options& table_options) {
  const auto level = std::ranges::find(kLevels, name, &Level::table);
  if (level == kLevels.end()) {
    const std::vector<std::string> names = dicom_table_names();
    const std::optional<std::string> nearest = nearest_name(name, names);
    return std::unexpected(Error::user(fmt::format("unknown table {}", name), nearest
                                                                                  ? fmt::format("did you mean {}?", *nearest)
                                                                                  : fmt::format("this connection has: {}", fmt::join(names, ", "))));
  }
  DicomTable table{.name = std::string(level->table), .level = level->level, .uid_tag = std::string(level->uid_tag), .of_orthanc = of_orthanc};
  TableBuilder builder(table);
  if (of_orthanc) {
    builder.add("orthanc_id", arrow::utf8(), {Role::kOrthancId}, "The name of the resource in Orthanc");
    builder.add("read_at", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), {Role::kReadAt}, "When the server was asked for this state of it");
  }
  for (const Names* const attributes : level->attributes) {
    for (const std::string_view keyword : *attributes) {
      const std::optional<DicomAttribute> attribute = find_dicom_attribute(keyword);
      builder.add(*attribute);
      // A server says in which characters it answers. Asked for it, Orthanc tells the file's own, and can't make an answer of some.
      if (attribute->keyword != "SpecificCharacterSet") {
        table.further_tags.push_back(attribute->tag);
      }
    }
  }
  const std::string include = table_options.text("include_fields");
  for (std::string_view rest = include; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view item = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find_last_not_of(' ') + 1);
    if (item.empty()) {
      continue;
    }
    const std::optional<DicomAttribute> attribute = find_dicom_attribute(item);
    if (!attribute) {
      const std::optional<std::string> nearest = nearest_dicom_keyword(item);
      return std::unexpected(Error::user(fmt::format("table option include_fields names {}, which is no keyword that this connector knows", item),
                                         nearest ? fmt::format("did you mean {}?", *nearest) : "name it by its tag, such as 00181030"));
    }
    if (!builder.has(*attribute)) {
      builder.add(*attribute);
      table.further_tags.push_back(attribute->tag);
    }
  }
  builder.add("dicom_json", arrow::utf8(), {Role::kRecord}, "The record as it was sent, in the DICOM JSON model");
  table.schema = builder.schema();
  return table;
}

}  // namespace lakeflow
