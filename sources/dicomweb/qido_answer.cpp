#include "sources/dicomweb/qido_answer.h"

#include <optional>

#include <fmt/format.h>
#include <simdjson.h>

#include "sources/dicomweb/dicom_values.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

constexpr std::string_view kStudyUid = "0020000D";
constexpr std::string_view kSeriesUid = "0020000E";

std::string text_of(const dom::object& record, std::string_view tag) {
  dom::element attribute;
  return record[tag].get(attribute) == simdjson::SUCCESS ? std::string(first_dicom_text(attribute)) : std::string();
}

Error unreadable(simdjson::error_code failure) {
  return Error::source(fmt::format("no JSON array of records: {}", simdjson::error_message(failure)));
}

}  // namespace

const std::string& QidoRecord::uid(std::string_view tag) const {
  return tag == kStudyUid ? study_uid : tag == kSeriesUid ? series_uid : instance_uid;
}

Result<std::vector<QidoRecord>> split_qido_records(std::string_view padded_body) {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array array;
  const std::size_t size = padded_body.size();
  if (const auto failure = parser.iterate(padded_body.data(), size, size + kPadding).get(document)) {
    return std::unexpected(unreadable(failure));
  }
  if (const auto failure = document.get_array().get(array)) {
    return std::unexpected(unreadable(failure));
  }
  std::vector<QidoRecord> records;
  dom::parser fields;
  for (auto element : array) {
    ondemand::value value;
    std::string_view bytes;
    if (const auto failure = element.get(value)) {
      return std::unexpected(unreadable(failure));
    }
    if (const auto failure = value.raw_json().get(bytes)) {
      return std::unexpected(unreadable(failure));
    }
    QidoRecord& record = records.emplace_back();
    record.bytes = bytes.substr(0, bytes.find_last_not_of(" \t\r\n") + 1);
    dom::object object;
    if (fields.parse(bytes.data(), bytes.size(), false).get(object) == simdjson::SUCCESS) {
      record.study_uid = text_of(object, kStudyUid);
      record.series_uid = text_of(object, kSeriesUid);
      record.instance_uid = text_of(object, "00080018");
      record.patient_id = text_of(object, "00100020");
    }
  }
  if (!document.at_end()) {
    return std::unexpected(Error::source("something follows the JSON array of records"));
  }
  return records;
}

}  // namespace lakeflow
