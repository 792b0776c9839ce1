#include "libs/fhir/resource_schema.h"

#include <set>
#include <string>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/fhir/definitions.h"

namespace lakeflow::fhir {
namespace {

std::shared_ptr<arrow::Schema> schema_of(std::string_view type, int depth = 3) {
  Result<std::shared_ptr<arrow::Schema>> schema = resource_schema(type, {.depth = depth});
  return schema ? *schema : arrow::schema({});
}

const arrow::DataType& unlisted(const arrow::DataType& type) { return type.id() == arrow::Type::LIST ? *type.field(0)->type() : type; }

int leaves(const arrow::FieldVector& fields) {
  int count = 0;
  for (const std::shared_ptr<arrow::Field>& field : fields) {
    const arrow::DataType& type = unlisted(*field->type());
    count += type.id() == arrow::Type::STRUCT ? leaves(type.fields()) : 1;
  }
  return count;
}

// "name.period.start" to "string", "list<...>" as Arrow writes them, with the rule behind it: "string json".
std::string column(const arrow::Schema& schema, const std::string& path) {
  arrow::FieldVector fields = schema.fields();
  std::shared_ptr<arrow::Field> found;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    found = nullptr;
    for (const std::shared_ptr<arrow::Field>& field : fields) {
      found = field->name() == name ? field : found;
    }
    if (!found) {
      return "none";
    }
    fields = unlisted(*found->type()).fields();
    begin = end + 1;
  }
  const bool is_struct = unlisted(*found->type()).id() == arrow::Type::STRUCT;
  std::string text = (found->type()->id() == arrow::Type::LIST ? "list of " : "") + (is_struct ? "struct" : unlisted(*found->type()).ToString());
  if (found->HasMetadata() && found->metadata()->Contains("lakeflow.decode")) {
    text += " " + found->metadata()->Get("lakeflow.decode").ValueOrDie();
  }
  return text;
}

TEST(ResourceSchema, NestsAsFhirDoes) {
  const auto patient = schema_of("Patient");
  EXPECT_EQ(column(*patient, "resourceType"), "string");
  EXPECT_EQ(column(*patient, "id"), "string");
  EXPECT_EQ(column(*patient, "meta.lastUpdated"), "timestamp[us, tz=UTC]");
  EXPECT_EQ(column(*patient, "active"), "bool");
  EXPECT_EQ(column(*patient, "name"), "list of struct");
  EXPECT_EQ(column(*patient, "name.given"), "list of string");
  EXPECT_EQ(column(*patient, "name.period.start"), "string");
  EXPECT_EQ(column(*patient, "contact.name"), "struct");
  EXPECT_EQ(column(*schema_of("Patient"), "multipleBirthInteger"), "int64");
}

TEST(ResourceSchema, HasAColumnPerTypeOfAChoice) {
  const auto observation = schema_of("Observation");
  EXPECT_EQ(column(*observation, "valueQuantity.value"), "decimal128(38, 18)");
  EXPECT_EQ(column(*observation, "valueString"), "string");
  EXPECT_EQ(column(*observation, "valueBoolean"), "bool");
  EXPECT_EQ(column(*observation, "component.valueQuantity"), "struct");
  EXPECT_EQ(column(*observation, "value[x]"), "none");
}

TEST(ResourceSchema, KeepsPartialTimesAsTextWithTheirInstantBeside) {
  const auto patient = schema_of("Patient");
  EXPECT_EQ(column(*patient, "birthDate"), "string");
  EXPECT_EQ(column(*patient, "birthDate_utc"), "none") << "a date is no instant";
  EXPECT_EQ(column(*patient, "deceasedDateTime"), "string");
  EXPECT_EQ(column(*patient, "deceasedDateTime_utc"), "timestamp[us, tz=UTC] utc_of:deceasedDateTime");
  EXPECT_EQ(column(*schema_of("Observation"), "effectiveTiming.event"), "list of string");
  EXPECT_EQ(column(*schema_of("Observation"), "effectiveTiming.event_utc"), "list of timestamp[us, tz=UTC] utc_of:event");
}

TEST(ResourceSchema, LosesNothingThatAColumnCannotHold) {
  const auto patient = schema_of("Patient");
  for (const char* path :
       {"contained", "extension", "modifierExtension", "_birthDate", "name._given", "name.period._start", "identifier.assigner.identifier"}) {
    EXPECT_EQ(column(*patient, path), "string json") << path;
  }
  EXPECT_EQ(column(*patient, "raw_json"), "string record");
  EXPECT_EQ(patient->fields().back()->name(), "raw_json");
  EXPECT_EQ(column(*patient, "_id"), "none");
  EXPECT_EQ(column(**resource_schema("Patient", {.raw_json = false}), "raw_json"), "none");
  EXPECT_EQ(column(*schema_of("Bundle"), "entry.resource"), "string json");
  EXPECT_EQ(column(*schema_of("Binary"), "data"), "binary");
}

TEST(ResourceSchema, CutsRecursionAtTheDepth) {
  EXPECT_EQ(column(*schema_of("Patient", 2), "name.period"), "string json");
  EXPECT_EQ(column(*schema_of("Patient", 2), "meta.lastUpdated"), "timestamp[us, tz=UTC]");
  EXPECT_EQ(column(*schema_of("Questionnaire", 3), "item.item.item"), "string json");
  EXPECT_EQ(column(*schema_of("Questionnaire", 4), "item.item.item.linkId"), "string");
  EXPECT_EQ(column(*schema_of("Questionnaire", 4), "item.item.item.item"), "string json");
  EXPECT_EQ(column(*schema_of("Questionnaire", 4), "item.item.item"), "list of struct");
}

TEST(ResourceSchema, IsAsWideAsTheDefinitionsAreDeep) {
  struct Width {
    const char* type;
    int depth;
    int leaf_columns;
  };
  for (const Width& width : {Width{"Patient", 2, 165}, Width{"Patient", 3, 333}, Width{"Patient", 6, 655}, Width{"Observation", 2, 286},
                             Width{"Observation", 3, 699}, Width{"Observation", 6, 1674}, Width{"Claim", 6, 2584}}) {
    EXPECT_EQ(leaves(schema_of(width.type, width.depth)->fields()), width.leaf_columns) << width.type << " at depth " << width.depth;
  }
}

TEST(ResourceSchema, HasDecimalsOfTheScaleThatIsAskedFor) {
  EXPECT_EQ(column(**resource_schema("Observation", {.decimal_scale = 12}), "valueQuantity.value"), "decimal128(38, 12)");
  EXPECT_EQ(column(**resource_schema("Observation", {.decimal_scale = 0}), "valueQuantity.value"), "decimal128(38, 0)");
}

TEST(ResourceSchema, KeepsTheTextOfInstantsAndBytesWhereThereIsNoRawJson) {
  const auto with = schema_of("Observation");
  const auto without = *resource_schema("Observation", {.raw_json = false});
  EXPECT_EQ(column(*with, "issued_text"), "none");
  EXPECT_EQ(column(*without, "issued_text"), "string text_of:issued");
  EXPECT_EQ(column(*without, "meta.lastUpdated_text"), "string text_of:lastUpdated");
  EXPECT_EQ(column(**resource_schema("Binary", {.raw_json = false}), "data_text"), "string text_of:data");
}

TEST(ResourceSchema, HasTheElementsThatAreAskedFor) {
  const auto schema = *resource_schema("Observation", {.raw_json = false, .elements = {"status", "value", "effectivePeriod"}});
  EXPECT_THAT(schema->field_names(),
              testing::ElementsAre("resourceType", "id", "meta", "status", "_status", "effectivePeriod", "valueQuantity", "valueCodeableConcept",
                                   "valueString", "_valueString", "valueBoolean", "_valueBoolean", "valueInteger", "_valueInteger", "valueRange",
                                   "valueRatio", "valueSampledData", "valueTime", "_valueTime", "valueDateTime", "valueDateTime_utc",
                                   "_valueDateTime", "valuePeriod"));
  const std::string left_out = "," + schema->metadata()->Get("lakeflow.left_out").ValueOrDie() + ",";
  for (const char* name : {",code,", ",subject,", ",effectiveDateTime,", ",_effectiveDateTime,", ",contained,", ",extension,"}) {
    EXPECT_THAT(left_out, testing::HasSubstr(name));
  }
  EXPECT_THAT(left_out, testing::Not(testing::HasSubstr(",status,")));
  EXPECT_EQ(schema_of("Observation")->metadata(), nullptr);
  const auto unknown = resource_schema("Observation", {.elements = {"satus"}});
  EXPECT_EQ(unknown.error().kind(), ErrorKind::kUser);
  EXPECT_EQ(unknown.error().message(), "Observation has no element satus");
  EXPECT_EQ(unknown.error().next_step(), "did you mean status?");
  EXPECT_THAT(searched_elements("Observation", {"status", "valueQuantity", "valueString"}), testing::ElementsAre("id", "meta", "status", "value"));
}

TEST(ResourceSchema, DescribesItsColumns) {
  const auto patient = schema_of("Patient");
  EXPECT_EQ(patient->GetFieldByName("birthDate")->metadata()->Get("lakeflow.description").ValueOrDie(), "The date of birth for the individual");
}

TEST(ResourceSchema, IsThereForEveryResourceTypeWithUniqueNames) {
  int resources = 0;
  for (const TypeDefinition& type : type_definitions()) {
    if (!type.is_resource) {
      EXPECT_FALSE(resource_schema(type.name)) << type.name;
      continue;
    }
    ++resources;
    const auto schema = schema_of(type.name, 2);
    const std::vector<std::string> names = schema->field_names();
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size()) << type.name;
    EXPECT_GE(leaves(schema->fields()), 20) << type.name;
  }
  EXPECT_EQ(resources, 146);
}

TEST(ResourceSchema, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(resource_schema("Patients").error().message(), "FHIR R4 has no resource type Patients");
  EXPECT_EQ(resource_schema("HumanName").error().kind(), ErrorKind::kUser);
  EXPECT_EQ(resource_schema("Patient", {.depth = 7}).error().message(), "schema_depth 7 is not between 2 and 6");
  EXPECT_EQ(resource_schema("Patient", {.depth = 1}).error().kind(), ErrorKind::kUser);
  EXPECT_EQ(resource_schema("Patient", {.decimal_scale = 31}).error().message(), "decimal_scale 31 is not between 0 and 30");
}

}  // namespace
}  // namespace lakeflow::fhir
