#include "simulator/fhir/resource_text.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

std::string stamped(std::string_view json, std::optional<std::string_view> last_updated = "T") {
  const auto outline = outline_resource(json);
  EXPECT_TRUE(outline) << json;
  return outline ? stamp_resource(json, *outline, "9", 3, last_updated) : "";
}

TEST(StampResource, WritesIdAndMetaAndNothingElse) {
  // Without id and meta
  EXPECT_EQ(stamped(R"({"resourceType":"Patient"})"), R"({"resourceType":"Patient","id":"9","meta":{"versionId":"3","lastUpdated":"T"}})");
  EXPECT_EQ(stamped(R"({"active":true,"resourceType":"Patient","birthDate":"2000"})"),
            R"({"active":true,"resourceType":"Patient","id":"9","meta":{"versionId":"3","lastUpdated":"T"},"birthDate":"2000"})");
  // With an id, before or behind the type
  EXPECT_EQ(stamped(R"({"resourceType":"Patient","id":"1","active":true})"),
            R"({"resourceType":"Patient","id":"9","meta":{"versionId":"3","lastUpdated":"T"},"active":true})");
  EXPECT_EQ(stamped(R"({"id":"1","resourceType":"Patient"})"), R"({"id":"9","meta":{"versionId":"3","lastUpdated":"T"},"resourceType":"Patient"})");
  // With a meta, whose other members stay as they were
  EXPECT_EQ(stamped(R"({"resourceType":"Patient","meta":{"lastUpdated":"1999","profile":[ "a" ],"versionId":"7", "x":1.50 },"id":"1"})"),
            R"({"resourceType":"Patient","meta":{"versionId":"3","lastUpdated":"T","profile":[ "a" ],"x":1.50},"id":"9"})");
  EXPECT_EQ(stamped(R"({"resourceType":"Patient","id":"1","meta":{}})"),
            R"({"resourceType":"Patient","id":"9","meta":{"versionId":"3","lastUpdated":"T"}})");
  EXPECT_EQ(stamped(R"({"meta":{"versionId":"7"},"resourceType":"Patient","id":"1"})", std::nullopt),
            R"({"meta":{"versionId":"3"},"resourceType":"Patient","id":"9"})");
}

TEST(StampResource, KeepsDigitsOrderAndWhiteSpace) {
  EXPECT_EQ(stamped("{\n  \"resourceType\" : \"Observation\" ,\n  \"id\" : \"1\" ,\n  \"valueQuantity\" : { \"value\" : 1.00 , \"b\" : "
                    "123456789012345678901234567890 }\n}\n"),
            "{\n  \"resourceType\" : \"Observation\" ,\n  \"id\" : \"9\",\"meta\":{\"versionId\":\"3\",\"lastUpdated\":\"T\"} ,\n"
            "  \"valueQuantity\" : { \"value\" : 1.00 , \"b\" : 123456789012345678901234567890 }\n}\n");
}

TEST(OutlineResource, RefusesWhatIsNoResource) {
  const struct {
    std::string_view json;
    int status;
  } cases[] = {
      {"", 400},
      {"[]", 400},
      {"{", 400},
      {R"({"resourceType":"Patient"} x)", 400},
      {R"({"resourceType":"Patient","a":{"b":[1,}})", 400},
      {R"({"name":"npm package"})", 400},
      {R"({"resourceType":"Patience"})", 400},
      {R"({"resourceType":7})", 422},
      {R"({"resourceType":"Patient","id":"a/b"})", 422},
      {R"({"resourceType":"Patient","id":"1","id":"2"})", 422},
      {R"({"resourceType":"Patient","meta":[]})", 422},
  };
  for (const auto& [json, status] : cases) {
    const auto outline = outline_resource(json);
    ASSERT_FALSE(outline) << json;
    EXPECT_EQ(outline.error().status, status) << json;
  }
}

TEST(OutlineResource, ReadsWhatTheServerNeeds) {
  const auto outline = outline_resource(R"({"resourceType":"Patient","id":"p-1.a","meta":{"versionId":"4","lastUpdated":"2020-01-01T00:00:00Z"}})");
  ASSERT_TRUE(outline);
  EXPECT_EQ(outline->type, "Patient");
  EXPECT_EQ(outline->id, "p-1.a");
  EXPECT_EQ(outline->version_id, "4");
  EXPECT_EQ(outline->last_updated, "2020-01-01T00:00:00Z");
}

TEST(ReplaceReferences, ReplacesWholeStringsOnly) {
  EXPECT_EQ(replace_references(R"({"a":"urn:uuid:1","b":"urn:uuid:12","c":"see urn:uuid:1","d":["urn:uuid:1"]})", {{"urn:uuid:1", "Patient/7"}}),
            R"({"a":"Patient/7","b":"urn:uuid:12","c":"see urn:uuid:1","d":["Patient/7"]})");
}

}  // namespace
}  // namespace lakeflow
