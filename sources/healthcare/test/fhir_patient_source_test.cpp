// Where the list of patients comes from: a file, a Group, a search.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/fhir/fhir_patient_source.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Result<std::vector<std::string>> load(FhirWorld& world, const std::string& patients, const std::string& file = {}) {
  Options options = world.options();
  options.set("patients", patients);
  options.set("patients_file", file);
  LAKEFLOW_ASSIGN(const FhirPatientSource source, FhirPatientSource::parse(options, {}));
  LAKEFLOW_ASSIGN(const FhirServerOptions server_options, FhirServerOptions::parse(options));
  LAKEFLOW_ASSIGN(const std::unique_ptr<FhirServer> server, FhirServer::connect(server_options, world.log()));
  return load_patients(*server, source, 7, world.log(), {});
}

Result<std::vector<std::string>> load_file(std::string_view text) {
  FhirWorld world;
  const std::string path = fmt::format("patients-{}.txt", getpid());
  std::ofstream(path) << text;
  Result<std::vector<std::string>> patients = load(world, "", path);
  std::filesystem::remove(path);
  return patients;
}

TEST(FhirPatientSource, ReadsAFile) {
  const auto patients = load_file("\xEF\xBB\xBF# the cohort\r\n b \r\nPatient/a\n\nb\nc.d-E_1");
  ASSERT_TRUE(patients) << patients.error().message();
  EXPECT_THAT(*patients, ElementsAre("a", "b", "c.d-E_1"));
}

TEST(FhirPatientSource, RefusesAFileThatIsNoList) {
  const auto broken = load_file("a\n\nCanary Family\n");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(broken.error().message(), HasSubstr("line 3"));
  EXPECT_THAT(broken.error().message(), Not(HasSubstr("Canary")));
  EXPECT_THAT(load_file("# nobody\n").error().message(), HasSubstr("holds no id"));
  FhirWorld world;
  const auto absent = load(world, "", "not-there.txt");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind(), ErrorKind::kUser);
}

TEST(FhirPatientSource, ReadsTheMembersOfAGroup) {
  FhirWorld world;
  world.put("Group", "g",
            R"(,"actual":true,"member":[{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"https://example.org/r4/Patient/a"}},
                             {"entity":{"reference":"Patient/away"},"inactive":true},{"entity":{"reference":"Practitioner/x"}},
                             {"entity":{"display":"somebody"}},{"entity":{"reference":"Group/h"}}])");
  world.put("Group", "h", R"(,"actual":true,"member":[{"entity":{"reference":"Patient/c"}},{"entity":{"reference":"Group/g"}}])");
  const auto patients = load(world, "Group/g");
  ASSERT_TRUE(patients) << patients.error().message();
  EXPECT_THAT(*patients, ElementsAre("a", "b", "c"));

  world.put("Group", "d", R"(,"actual":false,"characteristic":[])");
  EXPECT_THAT(load(world, "Group/d").error().message(), HasSubstr("describes whom it is of"));
  EXPECT_EQ(load(world, "Group/none").error().kind(), ErrorKind::kSource);
  world.put("Group", "empty", R"(,"actual":true)");
  const auto empty = load(world, "Group/empty");
  ASSERT_TRUE(empty);
  EXPECT_THAT(*empty, IsEmpty());
  EXPECT_THAT(world.log().text(), HasSubstr("warning: the list of patients is empty"));
}

TEST(FhirPatientSource, SearchesForPatients) {
  FhirWorld world(patients_a_minute_apart(30));
  EXPECT_THAT(*load(world, "Patient"), SizeIs(30));
  world.put("Patient", "f", R"(,"gender":"female")");
  EXPECT_THAT(*load(world, "Patient?gender=female"), ElementsAre("f"));
  EXPECT_THAT(load(world, "Patient?mood=good").error().message(), HasSubstr("mood of patients unused"));
  for (const char* fault : {"expired-pages:2", "no-total", "live-pages", "ignore-sort"}) {
    ASSERT_TRUE(world.simulator().inject(fault));
    EXPECT_THAT(*load(world, "Patient"), SizeIs(31)) << fault;
    world.simulator().clear_faults();
  }
  ASSERT_TRUE(world.simulator().inject("requires-patient=strict"));
  const auto refused = load(world, "Patient");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().next_step(), HasSubstr("patients: Group/ID, or patients_file"));
}

TEST(FhirPatientSource, IsAsTheOptionsSay) {
  const auto parse = [](Options connection, Options table = {}) { return FhirPatientSource::parse(connection, table); };
  EXPECT_EQ(parse({})->kind, FhirPatientSource::Kind::kNone);
  EXPECT_EQ(parse({{"patients", "Group/7"}})->place, "7");
  EXPECT_EQ(parse({{"patients", "Group/7"}}, {{"patients", "none"}})->kind, FhirPatientSource::Kind::kNone);
  EXPECT_EQ(parse({{"patients_file", "a.txt"}}, {{"patients", "Group/8"}})->place, "8");
  EXPECT_FALSE(parse({{"patients", "Group/7"}, {"patients_file", "a.txt"}}));
  for (const char* wrong : {"7", "Group/", "group/7", "Patient/7", "Patient?", "Patient?_sort=name", "cohort.txt"}) {
    const auto refused = parse({{"patients", wrong}});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind(), ErrorKind::kUser);
  }
  EXPECT_TRUE(parse({{"patients", "Group/7"}})->reads_by_patient("Patient"));
  EXPECT_FALSE(parse({{"patients", "Patient"}})->reads_by_patient("Patient")) << "the server gives all of them";
  EXPECT_TRUE(parse({{"patients", "Patient?active=true"}})->reads_by_patient("Patient"));
  EXPECT_FALSE(parse({{"patients", "Group/7"}})->reads_by_patient("Medication"));
}

}  // namespace
}  // namespace lakeflow
