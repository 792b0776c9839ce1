// The connector as the framework meets it: its specification, the five methods, the check of the connection.

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <arrow/type.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/healthcare_connector.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

constexpr std::size_t kResourceTypes = 146;  // that FHIR R4 (4.0.1) has and that are not abstract

Result<std::unique_ptr<LakeflowConnect>> make(const Options& options) {
  const ConnectorEntry entry = healthcare_connector();
  Result<Options> checked = entry.spec.check_connection_options(options);
  return checked ? entry.make(*checked) : std::unexpected(checked.error());
}

std::string refusal(const Options& options) {
  const auto made = make(options);
  return made ? "" : made.error().message() + " | " + made.error().next_step();
}

const std::set<std::string_view> kSecrets = {
    "token",
    "api_key",
    "password",
    "client_secret",
    "private_key",
    "client_key_password",
    "proxy_password",
    "storage_access_key_id",
    "storage_secret_access_key",
    "storage_session_token",
    "storage_account_key",
    "storage_sas_token",
    "storage_service_account",
};

TEST(HealthcareConnector, DeclaresItsOptions) {
  const ConnectorEntry entry = healthcare_connector();
  ASSERT_FALSE(entry.fault) << entry.fault->message();
  EXPECT_EQ(entry.spec.name, "healthcare");
  for (const OptionSpec& option : entry.spec.connection_options) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_EQ(option.secret, kSecrets.contains(option.name)) << option.name;
  }
}

TEST(HealthcareConnector, RefusesOptionsThatMakeNoSense) {
  EXPECT_THAT(refusal({}), HasSubstr("names no source | set fhir_base_url"));
  EXPECT_THAT(refusal({{"fhir_base_uri", "https://h"}}), HasSubstr("did you mean fhir_base_url?"));
  EXPECT_THAT(refusal({{"qwertz", "1"}}), AllOf(HasSubstr("lakeflow connectors healthcare lists the "), Not(HasSubstr("fhir_base_url"))));
  EXPECT_THAT(refusal({{"fhir_base_url", "ftp://h"}}), HasSubstr("fhir_base_url"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h/r4?x=1"}}), HasSubstr("has a query or a fragment"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"auth_type", "bearer"}}), HasSubstr("token is missing | auth_type bearer needs it"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"auth_type", "api_key"}}), HasSubstr("api_key is missing"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"token", "canary"}}), HasSubstr("auth_type none does not use"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"auth_type", "bearer"}, {"token", "canary\r\nX-Other: 1"}}),
              AllOf(HasSubstr("token has a line break"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"page_size", "0"}}), HasSubstr("page_size"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"requests_per_second", "0"}}), HasSubstr("requests_per_second"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"stall_timeout", "0"}}), HasSubstr("stall_timeout is no time to wait"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"proxy", "http://u:canary@p:1"}}),
              AllOf(HasSubstr("option proxy"), Not(HasSubstr("canary"))));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"client_key_file", "/k"}}), HasSubstr("client_cert_file is missing"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"client_cert_file", "/nowhere"}}), HasSubstr("/nowhere can't be read"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"preset", "hapi_public"}}), HasSubstr("fhir_base_url and preset are both set"));
  EXPECT_THAT(refusal({{"preset", "hapi_publik"}}), HasSubstr("hapi_public"));
  EXPECT_THAT(refusal({{"fhir_base_url", "https://h"}, {"allowed_origins", "https://a, other"}}), HasSubstr("allowed_origins"));
  EXPECT_EQ(refusal({{"fhir_base_url", "https://h/"}, {"allowed_origins", "https://a, https://b:8443"}}), "");
}

TEST(HealthcareConnector, ListsWhatItsOptionsReach) {
  const auto fhir = *(*make({{"fhir_base_url", "https://fhir.example.org/r4"}}))->list_tables();
  EXPECT_EQ(fhir.size(), kResourceTypes);
  EXPECT_THAT(fhir, IsSupersetOf({"Account", "Patient", "ExplanationOfBenefit", "VisionPrescription"}));
  const auto both = *(*make({{"fhir_base_url", "https://fhir.example.org/r4"}, {"storage_path", "/data"}}))->list_tables();
  EXPECT_GT(both.size(), fhir.size());
  EXPECT_EQ(std::set<std::string>(both.begin(), both.end()).size(), both.size());
}

// Whether the path leads to text: a column of it, or the JSON text of an element that lies deeper than the columns do.
bool leads_to_text(const arrow::Schema& schema, const std::string& path) {
  arrow::FieldVector fields = schema.fields();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const auto field = std::ranges::find(fields, path.substr(begin, end - begin), &arrow::Field::name);
    if (field == fields.end()) {
      return false;
    }
    const std::shared_ptr<arrow::DataType> type = (*field)->type()->id() == arrow::Type::LIST ? (*field)->type()->field(0)->type() : (*field)->type();
    if (type->id() == arrow::Type::STRING) {
      return true;
    }
    fields = arrow::FieldVector(type->fields());
    begin = end + 1;
  }
  return false;
}

TEST(HealthcareConnector, KnowsItsTablesWithoutTheNetwork) {
  const auto connector = *make({{"fhir_base_url", "https://fhir.example.invalid/r4"}});
  std::size_t about_patients = 0;
  const std::vector<std::string> tables = *connector->list_tables();
  for (const std::string& table : tables) {
    const auto schema = *connector->get_table_schema(table, {});
    EXPECT_TRUE(schema->Equals(*connector->get_table_schema(table, {}), true)) << table;
    const TableMetadata metadata = *connector->read_table_metadata(table, {});
    EXPECT_EQ(metadata.ingestion_type, IngestionType::kCdcWithDeletes);
    EXPECT_THAT(metadata.primary_keys, ElementsAre("id"));
    EXPECT_EQ(metadata.cursor_field, "meta.lastUpdated");
    EXPECT_NE(schema->GetFieldByName("id"), nullptr);
    EXPECT_TRUE(arrow::FieldRef("meta", "lastUpdated").FindOne(*schema).ok()) << table;
    if (!metadata.subject_field.empty()) {
      ++about_patients;
      for (const char* depth : {"2", "3", "6"}) {
        EXPECT_TRUE(leads_to_text(**connector->get_table_schema(table, {{"schema_depth", depth}}), metadata.subject_field))
            << table << ": " << metadata.subject_field << " at depth " << depth;
      }
    }
  }
  EXPECT_EQ(about_patients, 71U);
  EXPECT_EQ((*connector->get_table_schema("Patient", {{"raw_json", "false"}}))->GetFieldByName("raw_json"), nullptr);
  EXPECT_LT((*connector->get_table_schema("Observation", {{"schema_depth", "2"}}))->ToString().size(),
            (*connector->get_table_schema("Observation", {}))->ToString().size());
  EXPECT_THAT(connector->get_table_schema("Patient", {{"schema_depth", "9"}}).error().message(), HasSubstr("schema_depth 9"));
}

TEST(HealthcareConnector, KnowsWhomARowIsAbout) {
  const auto connector = *make({{"fhir_base_url", "https://fhir.example.invalid/r4"}});
  for (const auto& [table, subject] : std::vector<std::pair<std::string, std::string>>{
           {"Patient", "id"},
           {"Observation", "subject.reference"},
           {"AllergyIntolerance", "patient.reference"},
           {"Coverage", "beneficiary.reference"},
           {"Appointment", "participant.actor.reference"},
           {"AuditEvent", "entity.what.reference"},
           {"Task", "for.reference"},
           {"EnrollmentRequest", "candidate.reference"},
           {"Organization", ""},
           {"ValueSet", ""},
       }) {
    EXPECT_EQ((*connector->read_table_metadata(table, {})).subject_field, subject) << table;
  }
}

TEST(HealthcareConnector, GoesOnKnowingTheNamesOfItsFirstTables) {
  const auto connector = *make({{"fhir_base_url", "https://fhir.example.invalid/r4"}});
  for (const auto& [name, table] : std::vector<std::pair<std::string, std::string>>{{"patients", "Patient"},
                                                                                    {"encounters", "Encounter"},
                                                                                    {"observations", "Observation"},
                                                                                    {"conditions", "Condition"},
                                                                                    {"medications", "MedicationRequest"}}) {
    EXPECT_TRUE((*connector->get_table_schema(name, {}))->Equals(*connector->get_table_schema(table, {}), true)) << name;
    EXPECT_EQ((*connector->read_table_metadata(name, {})).subject_field, (*connector->read_table_metadata(table, {})).subject_field);
  }
  EXPECT_THAT(*dynamic_cast<PersonInTables&>(*connector).subject_values({"patients", {}}, "7"), ElementsAre("7"));
  EXPECT_FALSE(connector->get_table_schema("PATIENTS", {}));
}

TEST(HealthcareConnector, NamesTheNearestTable) {
  const auto connector = *make({{"fhir_base_url", "https://fhir.example.invalid/r4"}});
  const auto expect = [](const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUser);
    EXPECT_EQ(error.message(), "unknown table Pateint");
    EXPECT_EQ(error.next_step(), "did you mean Patient?");
  };
  expect(connector->get_table_schema("Pateint", {}).error());
  expect(connector->read_table_metadata("Pateint", {}).error());
  expect(connector->read_table("Pateint", {}, {}, {}).error());
  EXPECT_THAT(connector->read_table_metadata("pid", {}).error().next_step(), HasSubstr("the 146 tables of this connection"))
      << "HL7 tables need storage_path";
}

TEST(HealthcareConnector, SendsItsCredentials) {
  for (const auto& [right, findings_pass] : {std::pair{"canary-token", true}, std::pair{"wrong-canary", false}}) {
    FhirWorld world(patients_a_minute_apart(3), {}, "canary-token");
    world.options().set("auth_type", "bearer");
    world.options().set("token", right);
    const Reading reading = world.read();
    EXPECT_EQ(reading.versions.size(), findings_pass ? 3U : 0U);
    EXPECT_EQ(!reading.error, findings_pass);
    if (reading.error) {
      EXPECT_THAT(reading.error->message(), HasSubstr("401"));
      EXPECT_THAT(reading.error->message() + reading.error->next_step() + world.log().text(), Not(HasSubstr("canary")));
    }
  }
}

std::vector<std::string> check(FhirWorld& world, const std::vector<TableRequest>& tables = {}) {
  const std::unique_ptr<LakeflowConnect> connector = world.connect();
  const auto findings = dynamic_cast<ConnectionCheck&>(*connector).check_connection(tables, {});
  std::vector<std::string> lines;
  for (const CheckFinding& finding : *findings) {
    lines.push_back(fmt::format("{} {}: {} | {}", finding.passed ? "ok" : "failed", finding.subject, finding.message, finding.next_step));
  }
  return lines;
}

TEST(HealthcareConnector, ChecksItsServer) {
  FhirWorld world(patients_a_minute_apart(3));
  const std::vector<std::string> lines = check(world);
  ASSERT_EQ(lines.size(), 1 + 2 * kResourceTypes);
  EXPECT_THAT(lines[0], testing::StartsWith("ok GET /metadata: "));
  EXPECT_THAT(lines[0], HasSubstr("FHIR 4.0.1"));
  EXPECT_EQ(lines[1], "ok GET /Account: search answered, declared with _lastUpdated | ");
  EXPECT_THAT(lines[2], testing::StartsWith("ok strategy of Account: search, as it was chosen: "));
  EXPECT_THAT(lines[lines.size() - 2], testing::StartsWith("ok GET /VisionPrescription: search answered"));

  EXPECT_THAT(
      check(world, {{"Condition", {}}, {"pid", {}}}),
      ElementsAre(lines[0], "ok GET /Condition: search answered, declared with _lastUpdated | ", testing::StartsWith("ok strategy of Condition: ")))
      << "what is not asked for needs no right to be read";
  EXPECT_THAT(check(world, {{"conditions", {}}, {"Condition", {}}}), SizeIs(3)) << "one table under two names";
  world.simulator().forget_requests();
  world.options().set("storage_path", "/");
  EXPECT_THAT(check(world, {{"pid", {}}}), ElementsAre("ok storage_path: no file matches *.hl7 in / yet | "));
  EXPECT_TRUE(world.simulator().requests().empty());

  const std::vector<TableRequest> two = {{"Encounter", {}}, {"Observation", {}}};
  FhirWorld closed("", {}, "t");
  EXPECT_THAT(check(closed, two)[1], testing::StartsWith("failed GET /Encounter: "));
  EXPECT_THAT(check(closed, two)[1], HasSubstr("answered 401 (unauthorized), OperationOutcome error/login | check auth_type and the token"));

  FhirWorld forbidden("", {"status=403@Encounter"});
  EXPECT_THAT(check(forbidden, two)[1], HasSubstr("answered 403"));
  EXPECT_THAT(check(forbidden, two)[2], testing::StartsWith("ok GET /Observation"));

  FhirWorld gone;
  gone.simulator().stop();
  EXPECT_THAT(check(gone), ElementsAre(HasSubstr("it cannot be connected to")));
}

}  // namespace
}  // namespace lakeflow
