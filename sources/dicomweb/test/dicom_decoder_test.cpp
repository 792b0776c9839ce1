// A record of the DICOM JSON model, and the row that comes of it.

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/dicomweb/dicom_decoder.h"
#include "sources/dicomweb/dicom_table.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Decoded {
 public:
  explicit Decoded(std::string record, Options options = {}, bool of_orthanc = false, Operation operation = Operation::kUpsert) {
    auto table = DicomTable::find("studies", of_orthanc, options);
    EXPECT_TRUE(table);
    auto decoder = make_dicom_decoder(*table);
    auto text = std::make_shared<std::string>(std::move(record));
    const std::size_t size = text->size();
    text->append(kPadding, ' ');
    RawRecords raw;
    raw.origins.push_back("http://orthanc/studies/ce42f924-f6020bea-aa810144-6941b6f0-88331094");
    raw.records.push_back({.bytes = std::string_view(*text).substr(0, size), .operation = operation, .position = 1'700'000'000'000'001});
    raw.buffer = text;
    auto decoded = (*decoder)->decode(raw);
    EXPECT_TRUE(decoded);
    records = *std::move(decoded);
  }
  std::string column(const std::string& name) const {
    const auto array = records.tables[0].rows->GetColumnByName(name);
    return array == nullptr ? "no such column" : array->IsNull(0) ? "null" : array->GetScalar(0).ValueOrDie()->ToString();
  }
  std::string rescued() const { return records.tables[0].rescued->IsNull(0) ? "null" : std::string(records.tables[0].rescued->GetView(0)); }
  DecodedRecords records;
};

TEST(DicomDecoder, AnAttributeIsItsValue) {
  const Decoded decoded(R"({"0020000D":{"vr":"UI","Value":["1.2.3"]},"00201208":{"vr":"IS","Value":[7]},"00100020":{"vr":"LO"}})");
  EXPECT_EQ(decoded.column("study_instance_uid"), "1.2.3");
  EXPECT_EQ(decoded.column("number_of_study_related_instances"), "7");
  EXPECT_EQ(decoded.column("patient_id"), "null");
  EXPECT_EQ(decoded.rescued(), "null");
}

TEST(DicomDecoder, ANumberMayComeAsText) {
  EXPECT_EQ(Decoded(R"({"00201208":{"vr":"IS","Value":["7 "]}})").column("number_of_study_related_instances"), "7");
  EXPECT_EQ(Decoded(R"({"00201208":{"vr":"IS","Value":["+7"]}})").column("number_of_study_related_instances"), "7");
  EXPECT_EQ(Decoded(R"({"00180050":{"vr":"DS","Value":["1.50"]}})", Options{{"include_fields", "SliceThickness"}}).column("slice_thickness"), "1.5");
}

TEST(DicomDecoder, ANameHasThreeGroups) {
  const Decoded decoded(R"({"00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"\u5c71\u7530^\u592a\u90ce"}]}})");
  EXPECT_THAT(decoded.column("patient_name"), HasSubstr("Yamada^Tarou"));
  EXPECT_THAT(decoded.column("patient_name"), HasSubstr("山田^太郎"));
  EXPECT_THAT(decoded.column("patient_name"), HasSubstr("phonetic:string = null"));
}

TEST(DicomDecoder, WhatRepeatsIsAListInItsOrder) {
  EXPECT_THAT(Decoded(R"({"00080061":{"vr":"CS","Value":["CT",null,"MR"]}})").column("modalities_in_study"), HasSubstr("[CT, null, MR]"));
}

TEST(DicomDecoder, ASequenceIsItsJson) {
  EXPECT_EQ(
      Decoded(R"({"00081032":{"vr":"SQ","Value":[{"00080100":{"vr":"SH","Value":["X"]}}]}})", Options{{"include_fields", "ProcedureCodeSequence"}})
          .column("procedure_code_sequence"),
      R"([{"00080100":{"vr":"SH","Value":["X"]}}])");
}

TEST(DicomDecoder, ATagWithoutAKeywordIsAColumnToo) {
  EXPECT_EQ(Decoded(R"({"00091001":{"vr":"LO","Value":["p"]}})", Options{{"include_fields", "00091001"}}).column("tag00091001"), R"(["p"])");
}

TEST(DicomDecoder, ADateAndATimeAreTypedBesideTheirTexts) {
  const Decoded decoded(
      R"({"00080020":{"vr":"DA","Value":["20240131"]},"00080030":{"vr":"TM","Value":["235959.5"]},"00080201":{"vr":"SH","Value":["+0900"]}})");
  EXPECT_EQ(decoded.column("study_date"), "20240131");
  EXPECT_EQ(decoded.column("study_date_local"), "2024-01-31");
  EXPECT_EQ(decoded.column("study_time_local"), "2024-01-31 23:59:59.500000");
  EXPECT_EQ(decoded.column("study_time_utc"), "2024-01-31 14:59:59.500000Z");
}

TEST(DicomDecoder, WhatIsNoDateStaysAsText) {
  const Decoded decoded(R"({"00080020":{"vr":"DA","Value":["20240230"]},"00080030":{"vr":"TM","Value":["10"]}})");
  EXPECT_EQ(decoded.column("study_date"), "20240230");
  EXPECT_EQ(decoded.column("study_date_local"), "null");
  EXPECT_EQ(decoded.column("study_time_local"), "null");
}

TEST(DicomDecoder, WhatDoesNotFitIsRescued) {
  EXPECT_EQ(Decoded(R"({"00201208":{"vr":"IS","Value":["many"]}})").rescued(),
            R"({"number_of_study_related_instances":{"vr":"IS","Value":["many"]}})");
  EXPECT_EQ(Decoded(R"({"00100020":{"vr":"LO","Value":["a","b"]}})").rescued(), R"({"patient_id":{"vr":"LO","Value":["a","b"]}})");
  EXPECT_EQ(Decoded(R"({"00100020":"a"})").rescued(), R"({"patient_id":"a"})");
}

TEST(DicomDecoder, WhatHasNoColumnIsRescuedUnderItsTag) {
  EXPECT_EQ(Decoded(R"({"00104000":{"vr":"LT","Value":["x"]}})").rescued(), R"({"00104000":{"vr":"LT","Value":["x"]}})");
}

TEST(DicomDecoder, WhatIsNoRecordIsRejected) {
  const auto reason_of = [](const char* bytes) {
    const Decoded decoded(bytes);
    return decoded.records.rejects.size() == 1 ? decoded.records.rejects[0].reason : "none";
  };
  EXPECT_EQ(reason_of(R"({"0020000D":)"), "invalid_json");
  EXPECT_EQ(reason_of("[1]"), "not_an_object");
}

TEST(DicomDecoder, OfAnOrthancTheOriginNamesTheRowAndThePositionDatesIt) {
  const Decoded upsert(R"({"0020000D":{"vr":"UI","Value":["1.2.3"]}})", {}, true);
  EXPECT_EQ(upsert.column("orthanc_id"), "ce42f924-f6020bea-aa810144-6941b6f0-88331094");
  EXPECT_EQ(upsert.column("read_at"), "2023-11-14 22:13:20.000001Z");
  const Decoded deletion("{}", {}, true, Operation::kDelete);
  EXPECT_EQ(deletion.column("orthanc_id"), "ce42f924-f6020bea-aa810144-6941b6f0-88331094");
  EXPECT_EQ(deletion.column("dicom_json"), "null");
}

TEST(DicomDecoder, ACharacterSetThatDropsLettersIsRemarked) {
  EXPECT_EQ(Decoded(R"({"00080005":{"vr":"CS","Value":["ISO_IR 100"]}})").records.remarks.at("not_in_unicode"), 1U);
  EXPECT_TRUE(Decoded(R"({"00080005":{"vr":"CS","Value":["ISO_IR 192"]}})").records.remarks.empty());
}

}  // namespace
}  // namespace lakeflow
