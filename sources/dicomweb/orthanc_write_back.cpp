#include "sources/dicomweb/orthanc_write_back.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "sources/dicomweb/orthanc_records.h"

namespace lakeflow {
namespace {

constexpr std::string_view kPatient = "lakeflow-test";
constexpr std::string_view kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
constexpr std::string_view kExplicitLittleEndian = "1.2.840.10008.1.2.1";

// Elements in Explicit VR Little Endian (PS3.5 A.2).
class Elements {
 public:
  void add(std::uint16_t group, std::uint16_t element, std::string_view vr, std::string value) {
    if (value.size() % 2 != 0) {
      value += vr == "UI" ? '\0' : ' ';
    }
    number(group);
    number(element);
    bytes_ += vr;
    if (vr == "OB") {
      bytes_.append(2, '\0');
      number(static_cast<std::uint16_t>(value.size()));
      number(0);
    } else {
      number(static_cast<std::uint16_t>(value.size()));
    }
    bytes_ += value;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void number(std::uint16_t value) {
    bytes_ += static_cast<char>(value & 0xFFU);
    bytes_ += static_cast<char>(value >> 8U);
  }
  std::string bytes_;
};

// A UID that is nobody else's is made of a UUID (PS3.5 B.2); of the name here, so that it is the same each time.
QidoRecord record_of(const DicomTable& table, std::string_view name, int instance) {
  const std::string text = fmt::format("{}/{}", table.name, name);
  QidoRecord record{.bytes = {},
                    .study_uid = fmt::format("2.25.{}", XXH3_64bits(text.data(), text.size())),
                    .series_uid = {},
                    .instance_uid = {},
                    .patient_id = std::string(kPatient)};
  record.series_uid = record.study_uid + ".1";
  record.instance_uid = fmt::format("{}.{}", record.series_uid, instance);
  return record;
}

// A file of that instance (PS3.10).
std::string file_of(const QidoRecord& record, int number) {
  Elements head;
  head.add(2, 0x01, "OB", std::string("\0\1", 2));
  head.add(2, 0x02, "UI", std::string(kSecondaryCapture));
  head.add(2, 0x03, "UI", record.instance_uid);
  head.add(2, 0x10, "UI", std::string(kExplicitLittleEndian));
  head.add(2, 0x12, "UI", "2.25.1338");
  const std::size_t size = head.bytes().size();
  Elements length;
  length.add(2, 0, "UL", {static_cast<char>(size & 0xFFU), static_cast<char>(size >> 8U), '\0', '\0'});
  Elements body;
  body.add(0x08, 0x16, "UI", std::string(kSecondaryCapture));
  body.add(0x08, 0x18, "UI", record.instance_uid);
  body.add(0x08, 0x60, "CS", "OT");
  body.add(0x10, 0x10, "PN", "Test^Lakeflow");
  body.add(0x10, 0x20, "LO", record.patient_id);
  body.add(0x20, 0x0D, "UI", record.study_uid);
  body.add(0x20, 0x0E, "UI", record.series_uid);
  body.add(0x20, 0x13, "IS", std::to_string(number));
  return std::string(128, '\0') + "DICM" + length.bytes() + head.bytes() + body.bytes();
}

Status remove(DicomwebServer& server, std::string_view path, const std::stop_token& stop) {
  LAKEFLOW_ASSIGN(const HttpResponse answer, server.send({.method = "DELETE", .url = fmt::format("{}{}", server.options().orthanc_url, path)}, stop));
  return answer.status == 404 || (answer.status >= 200 && answer.status < 300) ? Status() : std::unexpected(status_error(answer));
}

}  // namespace

Result<std::string> put_orthanc_record(DicomwebServer& server, const DicomTable& table, std::string_view name, int revision,
                                       const std::stop_token& stop) {
  const bool is_instance = table.level == DicomLevel::kInstance;
  if (is_instance) {
    LAKEFLOW_TRY(delete_orthanc_record(server, table, name, stop));  // an Orthanc may keep the first of two
  }
  const QidoRecord record = record_of(table, name, is_instance ? 1 : revision);
  LAKEFLOW_ASSIGN(const HttpResponse answer, server.send({.method = "POST",
                                                          .url = server.options().orthanc_url + "/instances",
                                                          .headers = {{"Content-Type", "application/dicom"}},
                                                          .body = file_of(record, revision)},
                                                         stop));
  if (answer.status < 200 || answer.status >= 300) {
    return std::unexpected(status_error(answer));
  }
  return orthanc_id(table.level, record);
}

Status delete_orthanc_record(DicomwebServer& server, const DicomTable& table, std::string_view name, const std::stop_token& stop) {
  return remove(server, fmt::format("/{}/{}", table.name, orthanc_id(table.level, record_of(table, name, 1))), stop);
}

}  // namespace lakeflow
