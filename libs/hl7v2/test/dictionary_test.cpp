// The dictionary: what the standard says, at places where versions differ or the sources that it is made from are wrong.

#include "libs/hl7v2/dictionary.h"

#include <set>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/hl7v2/structure_definition.h"

namespace lakeflow::hl7v2 {
namespace {

// "set_id_pid SI", "patient_identifier_list CX*"
std::string shown(std::string_view segment, std::size_t number) {
  const SegmentDefinition* definition = find_segment_definition(segment);
  if (definition == nullptr || number > definition->fields.size()) {
    return "";
  }
  const FieldDefinition& field = definition->fields[number - 1];
  return fmt::format("{} {}{}", field.name, field.type->name, field.repeats ? "*" : "");
}

// "patient_id CX 0..1 table 0", "withdrawn"
std::string shown(Version version, std::string_view segment, std::uint32_t number) {
  const auto use = find_field_use(version, segment, number);
  return !use ? "none"
         : use->is_withdrawn
             ? "withdrawn"
             : fmt::format("{} {} {}..{} table {}", use->name, use->type, use->min, use->max == 0 ? "*" : std::to_string(use->max), use->table);
}

std::size_t fields_of(Version version) {
  std::size_t count = 0;
  for (const SegmentDefinition& segment : segment_definitions()) {
    for (std::uint32_t n = 1; has_segment(version, segment.name) && n <= segment.fields.size(); ++n) {
      count += find_field_use(version, segment.name, n).has_value() ? 1U : 0U;
    }
  }
  return count;
}

std::size_t segments_of(Version version) {
  return static_cast<std::size_t>(
      std::ranges::count_if(segment_definitions(), [&](const SegmentDefinition& s) { return has_segment(version, s.name); }));
}

TEST(Hl7Dictionary, HasAllSegmentsAndFieldsOfAllVersions) {
  EXPECT_EQ(segment_definitions().size(), 190U);
  EXPECT_EQ(segments_of(Version::k2_1), 38U);
  EXPECT_EQ(segments_of(Version::k2_5_1), 150U);
  EXPECT_EQ(segments_of(Version::k2_8_2), 180U);
  EXPECT_EQ(fields_of(Version::k2_1), 435U);
  EXPECT_EQ(fields_of(Version::k2_5_1), 2108U);
  EXPECT_EQ(fields_of(Version::k2_8_2), 2722U);
  // Withdrawn ones included, as long as a version has the segment and names the field.
  EXPECT_EQ(find_segment_definition("ZPI"), nullptr);
  EXPECT_EQ(find_segment_definition(""), nullptr);
  EXPECT_EQ(find_segment_definition("RXV")->description, "Pharmacy/Treatment Infusion");
}

TEST(Hl7Dictionary, TakesNameAndTypeFromTheNewestVersionThatDidNotWithdrawTheField) {
  EXPECT_EQ(shown("PID", 1), "set_id_pid SI");
  EXPECT_EQ(shown("PID", 2), "patient_id CX") << "withdrawn as of 2.7";
  EXPECT_EQ(shown("PID", 3), "patient_identifier_list CX*");
  EXPECT_EQ(shown("PID", 4), "alternate_patient_id_pid CX*") << "0..0 in 2.8.2";
  EXPECT_EQ(shown("PID", 7), "date_time_of_birth DTM") << "TS before 2.6";
  EXPECT_EQ(shown("PID", 19), "ssn_number_patient ST");
  EXPECT_EQ(shown("PID", 28), "nationality CWE") << "0..0 in 2.7, left out of 2.8";
  EXPECT_EQ(shown("OBX", 4), "observation_sub_id OG");
  EXPECT_EQ(shown("OBX", 5), "observation_value varies*");
  EXPECT_EQ(shown("OBX", 20), "observation_site CWE*");
  EXPECT_EQ(shown("OBR", 5), "priority ID");
  EXPECT_EQ(shown("OBR", 27), "quantity_timing TQ*");
  EXPECT_EQ(shown("EVN", 1), "event_type_code ID");
  EXPECT_EQ(shown("MSH", 1), "field_separator ST");
  EXPECT_EQ(shown("TQ1", 1), "set_id_tq1 SI");
  EXPECT_EQ(shown("RX1", 99), "");
}

TEST(Hl7Dictionary, NamesAreTheStandardsInSnakeCaseAndUniqueInTheirSegment) {
  EXPECT_EQ(shown("PID", 6), "mothers_maiden_name XPN*");
  EXPECT_EQ(shown("PD1", 4), "patient_primary_care_provider_name_id_no XCN*") << "the source has a space in it";
  EXPECT_EQ(shown("STF", 22), "drivers_license_number_staff DLN");
  for (const SegmentDefinition& segment : segment_definitions()) {
    std::set<std::string_view> names;
    for (const FieldDefinition& field : segment.fields) {
      EXPECT_TRUE(names.insert(field.name).second) << segment.name << " has " << field.name << " twice";
      EXPECT_THAT(std::string(field.name), testing::MatchesRegex("[a-z][a-z0-9_]*"));
      EXPECT_TRUE(field.repeats || field.type->kind != ValueKind::kVaries) << field.name;
      EXPECT_EQ(field.type->kind == ValueKind::kComposite, !field.type->components.empty());
    }
  }
}

TEST(Hl7Dictionary, HasTheComponentsOfDatatypes) {
  const DatatypeDefinition& cx = *find_datatype_definition("CX");
  ASSERT_EQ(cx.components.size(), 12U);
  EXPECT_EQ(cx.components[3].name, "assigning_authority");
  EXPECT_EQ(cx.components[3].type, find_datatype_definition("HD"));
  EXPECT_EQ(cx.components[6].type->kind, ValueKind::kDateTime);
  const DatatypeDefinition& xpn = *find_datatype_definition("XPN");
  EXPECT_EQ(xpn.components[3].name, "suffix") << "without (e.g., JR or III)";
  EXPECT_EQ(xpn.components[9].type->name, "DR") << "withdrawn as of 2.7";
  EXPECT_EQ(find_datatype_definition("NM")->kind, ValueKind::kNumber);
  EXPECT_EQ(find_datatype_definition("SI")->kind, ValueKind::kInteger) << "2.7's TQ1-1 says that it has components";
  EXPECT_EQ(find_datatype_definition("TS")->kind, ValueKind::kDateTime);
  EXPECT_EQ(find_datatype_definition("ZZ"), nullptr);
}

TEST(Hl7Dictionary, KnowsEachFieldVersionByVersion) {
  EXPECT_EQ(shown(Version::k2_1, "PID", 3), "patient_id_internal_id CK 1..1 table 0");
  EXPECT_EQ(shown(Version::k2_5, "PID", 2), "patient_id CX 0..1 table 0");
  EXPECT_EQ(shown(Version::k2_8_2, "PID", 2), "withdrawn");
  EXPECT_EQ(shown(Version::k2_5, "PID", 8), "administrative_sex IS 0..1 table 1");
  EXPECT_EQ(shown(Version::k2_8_2, "PID", 8), "administrative_sex CWE 0..1 table 1");
  EXPECT_EQ(shown(Version::k2_8_2, "PID", 28), "withdrawn") << "left out of 2.8.2, which has the segment";
  EXPECT_EQ(shown(Version::k2_5_1, "OBX", 21), "withdrawn") << "reserved, though the source gives it the name of OBX-24";
  EXPECT_EQ(shown(Version::k2_5, "OBX", 25), "none") << "came with 2.5.1";
  EXPECT_EQ(shown(Version::k2_5_1, "OBX", 5), "observation_value varies 0..* table 0");
  EXPECT_EQ(shown(Version::k2_8, "OBX", 4), "observation_sub_id ST 1..1 table 0") << "the source lets it repeat";
  EXPECT_EQ(shown(Version::k2_1, "ORO", 2), "substitute_allowed ID 0..1 table 0");
  EXPECT_EQ(shown(Version::k2_8_2, "PID", 41), "none");
  EXPECT_EQ(shown(Version::k2_8_2, "PID", 0), "none");
  EXPECT_TRUE(has_segment(Version::k2_6, "QRD"));
  EXPECT_FALSE(has_segment(Version::k2_7, "QRD")) << "withdrawn";
  EXPECT_FALSE(has_segment(Version::k2_3, "SPM"));
}

TEST(Hl7Dictionary, AnUnknownVersionIsReadAsTheNearestBefore) {
  const auto of = [](std::string_view text) {
    const VersionMatch match = find_version(text);
    return std::string(version_text(match.version)) + (match.is_exact ? "" : "?");
  };
  EXPECT_EQ(of("2.1"), "2.1");
  EXPECT_EQ(of("2.5.1"), "2.5.1");
  EXPECT_EQ(of("2.7.1"), "2.7");
  EXPECT_EQ(of("2.3.9"), "2.3.1?");
  EXPECT_EQ(of("2.5.0"), "2.5?");
  EXPECT_EQ(of("2.9"), "2.8.2?");
  EXPECT_EQ(of("2.10"), "2.8.2?");
  EXPECT_EQ(of("2.0D"), "2.8.2?") << "no version at all";
  EXPECT_EQ(of("2.0"), "2.1?");
  EXPECT_EQ(of("3"), "2.8.2?");
  EXPECT_EQ(of(""), "2.8.2?");
}

TEST(Hl7Dictionary, FindsTheStructureOfAMessage) {
  const auto of = [](Version version, std::string_view code, std::string_view trigger, std::string_view structure) {
    const StructureDefinition found = find_structure(version, code, trigger, structure);
    return std::string(found.name) + (found.version == version ? "" : " of " + std::string(version_text(found.version)));
  };
  EXPECT_EQ(of(Version::k2_5_1, "ADT", "A04", "ADT_A01"), "ADT_A01");
  EXPECT_EQ(of(Version::k2_5_1, "ADT", "A04", ""), "ADT_A01") << "table 0354";
  EXPECT_EQ(of(Version::k2_1, "ADT", "A13", ""), "ADT_A13") << "2.1 has one of its own";
  EXPECT_EQ(of(Version::k2_8_2, "ADT", "A44", ""), "ADT_A44") << "which ADT_A43 was before 2.7";
  EXPECT_EQ(of(Version::k2_5_1, "ADT", "A28", "wrong"), "ADT_A05");
  EXPECT_EQ(of(Version::k2_5, "SIU", "S26", ""), "SIU_S12");
  EXPECT_EQ(of(Version::k2_8, "SIU", "S27", ""), "SIU_S12");
  EXPECT_EQ(of(Version::k2_5, "ORU", "R32", ""), "ORU_R30");
  EXPECT_EQ(of(Version::k2_5, "ACK", "A01", ""), "ACK");
  EXPECT_EQ(of(Version::k2_5, "ACK", "", ""), "ACK");
  EXPECT_EQ(of(Version::k2_3_1, "ORU", "", ""), "ORU_R01") << "the code's only one";
  EXPECT_EQ(of(Version::k2_5_1, "ADT", "Z99", ""), "ADT_A01") << "the code's first one";
  EXPECT_EQ(of(Version::k2_8_2, "ORM", "O01", "ORM_O01"), "ORM_O01 of 2.6") << "withdrawn as of 2.7";
  EXPECT_EQ(of(Version::k2_1, "VXU", "V04", ""), "VXU_V04 of 2.3");
  EXPECT_EQ(of(Version::k2_5, "ZZZ", "Z01", "ZZZ_Z01"), " of 2.8.2");
  EXPECT_EQ(find_structure(Version::k2_5, "ZZZ", "Z01", "").text, "");
  EXPECT_EQ(find_structure(Version::k2_5_1, "VXU", "V04", "").text,
            "MSH [{SFT}] PID [PD1] [{NK1}] [PATIENT(PV1 [PV2])] [{GT1}] [{INSURANCE(IN1 [IN2] [IN3])}] [{ORDER(ORC [{TIMING(TQ1 [{TQ2}])}] RXA [RXR] "
            "[{OBSERVATION(OBX [{NTE}])}])}]");
  EXPECT_THAT(std::string(find_structure(Version::k2_5, "OML", "O21", "").text), testing::HasSubstr("{TIMING(TQ1 [{TQ2}])}"))
      << "TIIMING in the source";
}

}  // namespace
}  // namespace lakeflow::hl7v2
