// A server of which nothing but DICOMweb is known.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/servers/orthanc/dicomweb_world.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

using PlainDicomweb = DicomwebWorld;

TEST_F(PlainDicomweb, IsReadWholeByEachRun) {
  start({});
  std::vector<std::string> ids;
  for (auto file = files_.begin(); file != files_.end() - 1; ++file) {
    ids.push_back(orthanc_->upload(*file));
  }
  write_pipeline(as_plain_dicomweb("page_size: 4"));
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=11 series=21 instances=61");
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids[0]));
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=11 series=21 instances=60");
  expect_tables_as_searched();
}

TEST_F(PlainDicomweb, TwoStudiesOfOneUidAreNotTakenForOne) {
  start({});
  upload(files_);
  write_pipeline(as_plain_dicomweb());
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=11 series=21 instances=61");
  EXPECT_EQ(value("SELECT string_agg(DISTINCT reason, ' ') FROM _lakeflow.quarantine"), "uid_not_unique");
}

TEST_F(PlainDicomweb, TheCheckSaysWhatItIs) {
  start({});
  upload(files_);
  write_pipeline(as_plain_dicomweb());
  const std::string said = run("check pacs.yaml");
  EXPECT_THAT(said, HasSubstr("an Orthanc, read as any DICOMweb server: set orthanc_url"));
  EXPECT_THAT(said, HasSubstr("strategy of studies: snapshot"));
}

TEST_F(PlainDicomweb, AWrongAddressIsSaid) {
  start({});
  write_pipeline(fmt::format("base_url: \"{}/dicom\"", orthanc_->url()));
  EXPECT_THAT(run("ingest pacs.yaml", 3), HasSubstr("is base_url where the server has DICOMweb"));
}

}  // namespace
}  // namespace lakeflow
