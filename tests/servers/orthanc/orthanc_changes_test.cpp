// What happens on an Orthanc between two runs, and what the tables hold after the second.

#include <gmock/gmock.h>

#include "tests/servers/orthanc/dicomweb_world.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;

class OrthancChanges : public DicomwebWorld {
 protected:
  void SetUp() override {
    DicomwebWorld::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    start({});
    for (const std::filesystem::path& file : files_) {
      ids_.push_back(orthanc_->upload(file));
    }
    write_pipeline(as_orthanc("page_size: 7"));
    run("ingest pacs.yaml");
    ASSERT_EQ(counts(), "studies=12 series=22 instances=62");
  }
  std::string instances_of_first_series() {
    return value("SELECT number_of_series_related_instances FROM main.series WHERE series_instance_uid LIKE '%.1338.0.0.0'");
  }
  std::vector<std::string> ids_;
};

TEST_F(OrthancChanges, NothingComesWhereNothingChanged) {
  const std::string before = value("SELECT max(read_at)::text FROM main.studies");
  EXPECT_THAT(run("ingest pacs.yaml"), Not(HasSubstr("inserted")));
  EXPECT_EQ(value("SELECT max(read_at)::text FROM main.studies"), before);
}

TEST_F(OrthancChanges, ADeletedInstanceGoesAndItsSeriesAndStudyCountOneLess) {
  ASSERT_EQ(instances_of_first_series(), "3");
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=12 series=22 instances=61");
  EXPECT_EQ(instances_of_first_series(), "2");
  EXPECT_EQ(value("SELECT number_of_study_related_instances FROM main.studies WHERE study_instance_uid LIKE '%.1338.0.0'"), "5");
  EXPECT_EQ(expect_tables_as_searched(), 95U);
}

TEST_F(OrthancChanges, ADeletedPatientGoesFromAllTables) {
  const std::string patient = orthanc_->get("/instances/" + ids_[0] + "/patient")["ID"];
  ASSERT_TRUE(orthanc_->remove("/patients/" + patient));
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=10 series=18 instances=50");
  expect_tables_as_searched();
}

TEST_F(OrthancChanges, WhatIsDeletedAndComesAgainIsThere) {
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  run("ingest pacs.yaml");
  upload({files_[0]});
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=12 series=22 instances=62");
  EXPECT_EQ(instances_of_first_series(), "3");
  // And between two runs.
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  upload({files_[0]});
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=12 series=22 instances=62");
  expect_tables_as_searched();
}

TEST_F(OrthancChanges, OneIsDeletedAndAnotherComes) {
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  run("ingest pacs.yaml");
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[1]));
  upload({files_[0]});  // as many as before
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=12 series=22 instances=61");
  expect_tables_as_searched();
}

TEST_F(OrthancChanges, OnlyStudiesThatChangedAreWrittenAfterADeletion) {
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  const std::string before = value("SELECT max(read_at)::text FROM main.studies");
  run("ingest pacs.yaml");
  EXPECT_EQ(value("SELECT count(*) FROM main.studies WHERE read_at > '" + before + "'"), "1");
}

TEST_F(OrthancChanges, AnEmptiedLogIsNoticedAndAllIsCompared) {
  ASSERT_TRUE(orthanc_->remove("/instances/" + ids_[0]));
  ASSERT_TRUE(orthanc_->remove("/changes"));
  EXPECT_THAT(run("ingest pacs.yaml"), HasSubstr("the log of changes does not hold what was read of it before"));
  EXPECT_EQ(counts(), "studies=12 series=22 instances=61");
  expect_tables_as_searched();
}

TEST_F(OrthancChanges, AServerWithAnEarlierBackupIsNoticed) {
  // Another life of the same server: it numbers its changes anew.
  const int port = orthanc_->port();
  orthanc_.reset();
  start({.port = port});
  upload({files_.begin() + 5, files_.end()});
  EXPECT_THAT(run("ingest pacs.yaml"), HasSubstr("the log of changes does not hold what was read of it before"));
  EXPECT_EQ(counts(), "studies=12 series=21 instances=57");
  expect_tables_as_searched();
}

TEST_F(OrthancChanges, AServerThatAnswersButHasNextToNothingDeletesNoTable) {
  auto many = dicom_files(5, 2, 2, 12);
  ASSERT_TRUE(many) << many.error().message();
  upload(*many);
  run("ingest pacs.yaml");
  const std::string before = counts();
  const int port = orthanc_->port();
  orthanc_.reset();
  start({.port = port});
  const std::string said = run("ingest pacs.yaml --table instances", 3);
  EXPECT_THAT(said, HasSubstr("242 of 242 rows are gone from the server"));
  EXPECT_THAT(said, HasSubstr("delete_check_limit"));
  EXPECT_EQ(counts(), before);
}

// A search that is cut short can't be told from one that found all: what Orthanc has by its ids must come, one by one if need be.
TEST_F(DicomwebWorld, ALimitOfTheServersSearchLosesNothing) {
  start({.most_found = 2});
  upload({files_.begin(), files_.begin() + 12});
  write_pipeline(as_orthanc());
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=2 series=4 instances=12");
}

TEST_F(DicomwebWorld, AnEmptyServerIsReadAndFillsLater) {
  start({});
  write_pipeline(as_orthanc());
  run("ingest pacs.yaml");
  upload({files_.begin(), files_.begin() + 3});
  run("ingest pacs.yaml");
  EXPECT_EQ(counts(), "studies=1 series=1 instances=3");
}

}  // namespace
}  // namespace lakeflow
