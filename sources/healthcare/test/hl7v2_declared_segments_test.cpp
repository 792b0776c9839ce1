// What a file that declares Z segments may hold, and what is said of one that does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/hl7v2/declared_segments.h"
#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

using hl7v2::DeclaredSegments;

std::string refusal(std::string_view yaml) {
  const auto parsed = DeclaredSegments::parse(yaml, "z.yaml");
  if (parsed) {
    return "";
  }
  EXPECT_EQ(parsed.error().kind(), ErrorKind::kUser);
  return parsed.error().message() + "; " + parsed.error().next_step();
}

TEST(Hl7DeclaredSegments, AreReadFromYamlAndFromJson) {
  const auto yaml =
      DeclaredSegments::parse("ZPI: [{name: a, type: ST}, ~, {name: b, type: CX, repeats: true}]\nZ01:\n- {type: DT, name: c}\n", "z.yaml");
  ASSERT_TRUE(yaml) << yaml.error().message();
  ASSERT_EQ((*yaml)->definitions().size(), 2U);
  const hl7v2::SegmentDefinition& zpi = *(*yaml)->find("ZPI");
  ASSERT_EQ(zpi.fields.size(), 3U);
  EXPECT_EQ(zpi.fields[1].type, nullptr);
  EXPECT_EQ(zpi.fields[2].type->name, "CX");
  EXPECT_TRUE(zpi.fields[2].repeats);
  EXPECT_EQ((*yaml)->find("ZPX"), nullptr);
  EXPECT_EQ(refusal(R"({"ZPI": [{"name": "a", "type": "ST"}]})"), "");
}

TEST(Hl7DeclaredSegments, AMistakeIsNamedByItsPlaceAndWithTheNearestWord) {
  EXPECT_EQ(refusal("ZPI:\n  - {name: clinic, type: CWEE}\n"),
            "z.yaml:2:26: type CWEE of field 1 of ZPI is no datatype of HL7 v2; did you mean CWE?");
  EXPECT_EQ(refusal("ZPI:\n  - {name: clinic, type: cwe}\n"), "z.yaml:2:26: type cwe of field 1 of ZPI is no datatype of HL7 v2; did you mean CWE?");
  EXPECT_THAT(refusal("ZPI: [{name: a, type: WD}]"), testing::StartsWith("z.yaml:1:23: type WD of field 1 of ZPI is no datatype"));
  EXPECT_THAT(refusal("ZPI: [{name: a, type: varies}]"), testing::StartsWith("z.yaml:1:23: type varies of field 1 of ZPI is no datatype"));
  EXPECT_EQ(refusal("ZPI:\n  - {name: clinic, typ: CWE}\n"), "z.yaml:2:20: unknown key typ in field 1 of ZPI; did you mean type?");
  EXPECT_THAT(refusal("PID: [{name: a, type: ST}]"), testing::StartsWith("z.yaml:1:1: PID is no name of a Z segment;"));
  EXPECT_THAT(refusal("ZPIX: [{name: a, type: ST}]"), testing::StartsWith("z.yaml:1:1: ZPIX is no name of a Z segment;"));
  EXPECT_THAT(refusal("zpi: [{name: a, type: ST}]"), testing::StartsWith("z.yaml:1:1: zpi is no name of a Z segment;"));
  EXPECT_THAT(refusal("ZPI: [{name: Home Clinic, type: ST}]"),
              testing::StartsWith("z.yaml:1:14: Home Clinic of field 1 of ZPI is no name of a column;"));
  EXPECT_THAT(refusal("ZPI: [{name: _run_id, type: ST}]"), testing::StartsWith("z.yaml:1:14: _run_id of field 1 of ZPI is no name of a column;"));
  EXPECT_THAT(refusal("ZPI: [{name: a, type: DT}, {name: a_utc, type: ST}]"), testing::StartsWith("z.yaml:1:28: a column a_utc is there already;"));
  EXPECT_THAT(refusal("ZPI: [{name: a}]"), testing::StartsWith("z.yaml:1:7: field 1 of ZPI has no type;"));
  EXPECT_THAT(refusal("ZPI: [{type: ST}]"), testing::StartsWith("z.yaml:1:7: field 1 of ZPI has no name;"));
  EXPECT_THAT(refusal("ZPI: [a]"), testing::StartsWith("z.yaml:1:7: field 1 of ZPI is no mapping;"));
  EXPECT_THAT(refusal("ZPI: [{name: a, type: ST, repeats: often}]"), testing::StartsWith("z.yaml:1:36: repeats of field 1 of ZPI is neither"));
  EXPECT_THAT(refusal("ZPI: [{name: [a], type: ST}]"), testing::StartsWith("z.yaml:1:14: name of field 1 of ZPI is no single value"));
  EXPECT_THAT(refusal("ZPI: [{name: a, type: ST}]\nZPI: [{name: b, type: ST}]"), testing::StartsWith("z.yaml:2:1: ZPI is declared twice"));
  EXPECT_THAT(refusal("ZPI: [~]"), testing::StartsWith("z.yaml:1:6: no field of ZPI is declared;"));
  EXPECT_THAT(refusal("ZPI: ST"), testing::StartsWith("z.yaml:1:6: ZPI has no list of fields;"));
  EXPECT_THAT(refusal("ZPI: []"), testing::StartsWith("z.yaml:1:6: ZPI has no list of fields;"));
  EXPECT_THAT(refusal("- a"), testing::StartsWith("z.yaml:1:1: no Z segments are declared here;"));
  EXPECT_THAT(refusal(""), testing::HasSubstr("no Z segments are declared here;"));
  EXPECT_THAT(refusal("ZPI: [{name: a"), testing::StartsWith("z.yaml:1:"));
}

TEST(Hl7DeclaredSegments, EveryDatatypeMakesATable) {
  std::string yaml = "ZAL:\n";
  std::size_t number = 0;
  for (const hl7v2::DatatypeDefinition& type : hl7v2::datatype_definitions()) {
    if (type.name != "WD" && type.kind != hl7v2::ValueKind::kVaries) {
      for (const char* repeats : {"false", "true"}) {
        yaml += "  - {name: f" + std::to_string(++number) + ", type: " + std::string(type.name) + ", repeats: " + repeats + "}\n";
      }
    }
  }
  const TemporaryFolder folder;
  folder.write("z.yaml", yaml);
  Hl7TestSource source({{"z_segments_file", (folder.path() / "z.yaml").string()}}, {"zal"});
  std::string segment = "ZAL";
  for (std::size_t i = 0; i < number; ++i) {
    segment += "|1";
  }
  source.folder().write("a.hl7", "MSH|^~\\&|A|GH|||20240305||ADT^A01|1|P|2.5\r" + segment + "\r");
  const Reading reading = source.read();
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.tables.at("zal").size(), 1U);
  EXPECT_THAT(source.tables().list_tables(), testing::Contains("zal"));
}

}  // namespace
}  // namespace lakeflow
