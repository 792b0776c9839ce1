#include "base/redaction.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(RedactUrl, LeavesOutUserPasswordQueryAndFragment) {
  EXPECT_EQ(redact_url("https://user:secret@host:8443/fhir/Patient?name=Smith#top"), "https://host:8443/fhir/Patient");
  EXPECT_EQ(redact_url("https://host/fhir?identifier=1234"), "https://host/fhir");
  EXPECT_EQ(redact_url("https://token@host"), "https://host");
  EXPECT_EQ(redact_url("https://p@ss@host/fhir"), "https://host/fhir");
  EXPECT_EQ(redact_url("/fhir/Patient?_id=7"), "/fhir/Patient");
}

TEST(RedactUrl, LeavesOutIdsOfPatients) {
  EXPECT_EQ(redact_url("https://u@host/fhir/Patient/17?x=y"), "https://host/fhir/Patient/*");
  EXPECT_EQ(redact_url("https://host/fhir/Patient/17/_history/2"), "https://host/fhir/Patient/*/_history/2");
  EXPECT_EQ(redact_url("/fhir/Patient/17"), "/fhir/Patient/*");
  EXPECT_EQ(redact_url("https://host/fhir/Patient/_history"), "https://host/fhir/Patient/_history");
  EXPECT_EQ(redact_url("https://host/fhir/Patient/$export"), "https://host/fhir/Patient/$export");
  EXPECT_EQ(redact_url("https://host/fhir/Patient/"), "https://host/fhir/Patient/");
}

TEST(RedactUrl, LeavesTheRestAsItIs) {
  EXPECT_EQ(redact_url("http://127.0.0.1:8080/fhir"), "http://127.0.0.1:8080/fhir");
  EXPECT_EQ(redact_url("https://host/fhir/List/a@b"), "https://host/fhir/List/a@b");
  EXPECT_EQ(redact_url(""), "");
}

}  // namespace
}  // namespace lakeflow
