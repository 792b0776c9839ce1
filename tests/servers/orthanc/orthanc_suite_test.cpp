// The suite of every connector, on a real Orthanc: read with its changes, and as any DICOMweb server.

#include <gmock/gmock.h>

#include "sources/dicomweb/dicomweb_connector.h"
#include "testing/connector/connector_suite.h"
#include "tests/servers/orthanc/dicomweb_world.h"

namespace lakeflow {
namespace {

using testing::IsEmpty;

using OrthancSuite = DicomwebWorld;

TEST_F(OrthancSuite, PassesWithChanges) {
  start({});
  upload(files_);
  EXPECT_THAT(
      suite_failures(dicomweb_connector(), Options{{"base_url", orthanc_->dicomweb_url()}, {"orthanc_url", orthanc_->url()}, {"page_size", "10"}},
                     {"studies", "series", "instances"}, {.writes = true}),
      IsEmpty());
}

TEST_F(OrthancSuite, PassesAsAnyServer) {
  start({});
  upload({files_.begin(), files_.end() - 1});  // without the study that came twice
  EXPECT_THAT(
      suite_failures(dicomweb_connector(), Options{{"base_url", orthanc_->dicomweb_url()}, {"page_size", "10"}}, {"studies", "series", "instances"}),
      IsEmpty());
}

TEST_F(OrthancSuite, PassesWithAUser) {
  start({.user = "reader", .password = "open-sesame-1338"});
  upload({files_.begin(), files_.begin() + 8});
  EXPECT_THAT(suite_failures(dicomweb_connector(),
                             Options{{"base_url", orthanc_->dicomweb_url()},
                                     {"orthanc_url", orthanc_->url()},
                                     {"auth_type", "basic"},
                                     {"username", "reader"},
                                     {"password", "open-sesame-1338"}},
                             {"studies"}),
              IsEmpty());
}

}  // namespace
}  // namespace lakeflow
