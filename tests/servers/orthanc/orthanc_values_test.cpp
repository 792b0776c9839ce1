// What becomes of the attributes of DICOM files on their way through Orthanc into columns.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/servers/orthanc/dicomweb_world.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OrthancValues : public DicomwebWorld {
 protected:
  void SetUp() override {
    DicomwebWorld::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    start({});
    upload(files_);
  }
  void ingest(const std::string& include_fields = {}) {
    write_pipeline(as_orthanc(), include_fields.empty() ? "" : fmt::format("include_fields: \"{}\"", include_fields));
    run("ingest pacs.yaml");
  }
};

TEST_F(OrthancValues, NamesHaveTheirThreeGroupsWhateverTheirCharacterSet) {
  ingest();
  EXPECT_THAT(
      query("SELECT DISTINCT patient_name.alphabetic, patient_name.ideographic, patient_name.phonetic FROM main.studies ORDER BY 1 NULLS LAST"),
      ElementsAre(Row{"Doe^Jane3^Ann^Dr.^Jr.", "null", "null"}, Row{"Müller^Jörg0", "null", "null"},
                  Row{"Yamada^Tarou", "山田^太郎", "やまだ^たろう"}, Row{"Νικολάου^Ελένη2", "null", "null"}, Row{"null", "null", "null"}));
}

TEST_F(OrthancValues, DatesAndTimesStandAsSentAndTyped) {
  ingest();
  EXPECT_THAT(
      query("SELECT study_date, study_date_local::text, study_time, study_time_local::text, study_time_utc::text, patient_birth_date_local::text "
            "FROM main.studies WHERE accession_number IN ('A0-0', 'A1-1') ORDER BY accession_number"),
      ElementsAre(Row{"20240101", "2024-01-01", "0830", "2024-01-01 08:30:00", "null", "1940-02-29"},
                  Row{"20240202", "2024-02-02", "101112.5", "2024-02-02 10:11:12.5", "2024-02-02 01:11:12.5+00", "1941-07-04"}));
  EXPECT_EQ(value("SELECT count(*) FROM main.studies WHERE patient_id = 'P0004' AND study_date IS NULL AND study_date_local IS NULL"), "2");
}

TEST_F(OrthancValues, CountsAreNumbersAndModalitiesAList) {
  ingest();
  EXPECT_EQ(value("SELECT string_agg(DISTINCT (number_of_study_related_series, number_of_study_related_instances)::text, ' ') FROM main.studies "
                  "WHERE patient_id = 'P0000'"),
            "(2, 6)");
  EXPECT_EQ(value("SELECT string_agg(DISTINCT list_sort(modalities_in_study)::text, ' ') FROM main.studies WHERE patient_id = 'P0000'"), "[CT, MR]");
  EXPECT_EQ(value("SELECT sum(number_of_series_related_instances) FROM main.series"), "62");
}

TEST_F(OrthancValues, FurtherFieldsBecomeColumns) {
  ingest("BodyPartExamined,PixelSpacing");
  EXPECT_EQ(value("SELECT count(*) FROM main.series WHERE body_part_examined = 'CHEST'"), "22");
  EXPECT_EQ(value("SELECT string_agg(DISTINCT pixel_spacing::text, ' ') FROM main.instances WHERE modality = 'MR'"), "[0.5, 0.25]");
}

TEST_F(OrthancValues, AFieldThatIsAddedLaterIsFilledForAllRows) {
  ingest();
  ingest("BodyPartExamined");
  EXPECT_EQ(value("SELECT count(*) FROM main.instances WHERE body_part_examined = 'CHEST'"), "62");
  EXPECT_EQ(value("SELECT count(*) FROM main.series WHERE body_part_examined = 'CHEST'"), "22");
}

TEST_F(OrthancValues, TheRecordStandsAsItWasSent) {
  ingest();
  EXPECT_EQ(value("SELECT count(*) FROM main.instances WHERE json_extract_string(dicom_json, '$.\"00080018\".Value[0]') = sop_instance_uid"), "62");
  EXPECT_EQ(value("SELECT count(*) FROM main.instances WHERE _rescued_data IS NOT NULL"), "0");
}

TEST_F(OrthancValues, AStudyUnderTwoPatientIdsIsTwoRows) {
  ingest();
  EXPECT_EQ(value("SELECT string_agg(patient_id, ' ' ORDER BY patient_id) FROM main.studies WHERE study_instance_uid LIKE '%.3.99'"), "RIGHT WRONG");
  EXPECT_EQ(value("SELECT string_agg(patient_id, ' ' ORDER BY patient_id) FROM main.instances WHERE study_instance_uid LIKE '%.3.99'"),
            "RIGHT WRONG");
  EXPECT_EQ(counts(), "studies=12 series=22 instances=62");
}

TEST_F(OrthancValues, APatientIsErased) {
  ingest();
  run("erase pacs.yaml P0003 --yes");
  EXPECT_EQ(value("SELECT count(*) FROM main.instances WHERE patient_id = 'P0003'"), "0");
  EXPECT_EQ(counts(), "studies=10 series=18 instances=50");
}

TEST_F(DicomwebWorld, AServerThatDropsCharactersIsFoundByTheCheck) {
  start({.encoding = "Latin1"});
  upload(files_);
  write_pipeline(as_orthanc());
  const std::string said = run("check pacs.yaml", 3);
  EXPECT_THAT(said, HasSubstr("it drops characters"));
  EXPECT_THAT(said, HasSubstr("DefaultEncoding"));
  // The rows are there all the same, two thirds of them with a remark: their patient IDs don't tell any more what Orthanc calls them.
  EXPECT_THAT(run("ingest pacs.yaml"), HasSubstr("not_in_unicode"));
  EXPECT_EQ(counts(), "studies=12 series=22 instances=62");
}

}  // namespace
}  // namespace lakeflow
