// Reading a server that answers only for a named patient, patient by patient. The server is the simulator, over HTTP.

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/fhir/fhir_patient_compartment.h"
#include "sources/healthcare/fhir/fhir_patient_position.h"
#include "sources/healthcare/test/fhir_reading.h"

namespace lakeflow {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::string observation(std::string_view id, std::string_view patient, std::string_view last_updated) {
  return fmt::format(
      R"({{"resourceType":"Observation","id":"{}","meta":{{"versionId":"1","lastUpdated":"{}"}},"subject":{{"reference":"Patient/{}"}}}})"
      "\n",
      id, last_updated, patient);
}

// Observations of patients pat0, pat1 …, so many of each, a minute apart: those of pat0 are "pat0-0", "pat0-1" …
std::string observations(int patients, int of_each) {
  std::string lines;
  for (int patient = 0; patient < patients; ++patient) {
    for (int i = 0; i < of_each; ++i) {
      const TimestampMicros time = *parse_utc("2024-01-01T00:00:00Z") + TimestampMicros{patient + i * patients} * 60'000'000;
      lines += observation(fmt::format("pat{}-{}", patient, i), fmt::format("pat{}", patient), format_utc(time));
    }
  }
  return lines;
}

std::string about(std::string_view patient) { return fmt::format(R"(,"subject":{{"reference":"Patient/{}"}})", patient); }

// A server that refuses what names no patient, read by a file of patients.
class PatientWorld : public FhirWorld {
 public:
  explicit PatientWorld(std::string_view resources, const std::vector<std::string>& patients, std::vector<std::string> faults = {})
      : FhirWorld(resources, with_requirement(std::move(faults))), file_(fmt::format("{}.txt", reinterpret_cast<std::uintptr_t>(this))) {
    options().set("strategy", "auto");
    options().set("page_size", "7");
    options().set("patients_file", file_);
    list(patients);
  }
  ~PatientWorld() { std::filesystem::remove(file_); }
  PatientWorld(const PatientWorld&) = delete;
  PatientWorld& operator=(const PatientWorld&) = delete;

  void list(const std::vector<std::string>& patients) const {
    std::ofstream file(file_);
    for (const std::string& patient : patients) {
      file << patient << "\n";
    }
  }
  void list(int patients) const {
    std::vector<std::string> all;
    for (int i = 0; i < patients; ++i) {
      all.push_back(fmt::format("pat{}", i));
    }
    list(all);
  }

  Reading observations_after(const Reading& before, std::size_t calls = SIZE_MAX, ReadContext context = {}) {
    return read(before, calls, context, "Observation");
  }

  // One run, whose rows are committed.
  Reading run(const Reading& before) {
    ReadContext context;
    context.standing_keys = &rows_;
    Reading reading = observations_after(before, SIZE_MAX, context);
    for (const std::string& version : reading.versions) {
      const std::string id = version.substr(0, version.find('/'));
      rows_.put(id, last_updated("Observation", id), fmt::format("Patient/{}", id.substr(0, id.find('-'))));
    }
    for (const std::string& deletion : reading.deletes) {
      rows_.remove(deletion.substr(0, deletion.find('@')));
    }
    return reading;
  }
  FhirRows& rows() { return rows_; }

  std::vector<std::string> queries() {
    std::vector<std::string> queries;
    for (const AnsweredRequest& request : simulator().requests()) {
      if (request.path == "/fhir/Observation") {
        queries.push_back(request.query);
      }
    }
    return queries;
  }

 private:
  static std::vector<std::string> with_requirement(std::vector<std::string> faults) {
    faults.emplace_back("requires-patient=strict");
    return faults;
  }

  const std::string file_;
  FhirRows rows_;
};

TEST(FhirPatientReader, ReadsThePatientsOfTheListAndNobodyElse) {
  PatientWorld world(observations(5, 3), {"pat0", "pat3"});
  const Reading reading = world.observations_after({});
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_EQ(reading.end, End::kCaughtUp);
  EXPECT_THAT(reading.versions, UnorderedElementsAre("pat0-0/1", "pat0-1/1", "pat0-2/1", "pat3-0/1", "pat3-1/1", "pat3-2/1"));
  EXPECT_THAT(world.queries(), UnorderedElementsAre(HasSubstr("patient=pat0"), HasSubstr("patient=pat3")));
}

TEST(FhirPatientReader, ReadsPatientsThemselvesByTheirIds) {
  PatientWorld world(patients_a_minute_apart(5), {"p0001", "p0004", "nobody"});
  const Reading reading = world.read();
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, UnorderedElementsAre("p0001/1", "p0004/1"));
}

TEST(FhirPatientReader, ReadsWhatIsAboutNobodyAsEver) {
  PatientWorld world("", {"pat0"});
  world.put("Medication", "m");
  const Reading reading = world.read({}, SIZE_MAX, {}, "Medication");
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, ElementsAre("m/1"));
}

TEST(FhirPatientReader, BringsWhatChangedAndNothingTwice) {
  PatientWorld world(observations(20, 3), {});
  world.list(20);
  const Reading loaded = world.observations_after({});
  EXPECT_THAT(world.log().text(), Not(HasSubstr("warning")));
  EXPECT_EQ(loaded.distinct().size(), 60U);
  EXPECT_EQ(loaded.versions.size(), 60U);

  // Quiet patients cost no state: the second read knows where all of them are, and the third finds everything as it was.
  const Reading second = world.observations_after(loaded);
  EXPECT_THAT(second.versions, IsEmpty());
  EXPECT_EQ(second.state, loaded.state);
  world.simulator().forget_requests();
  const Reading third = world.observations_after(second);
  EXPECT_EQ(third.offset, second.offset);
  EXPECT_EQ(third.state, second.state);
  for (const std::string& query : world.queries()) {
    EXPECT_THAT(query, HasSubstr("_lastUpdated=ge2024-01-01T00:54:00Z")) << "the newest of all, less the look-back";
  }

  world.put("Observation", "pat7-1", about("pat7"));
  world.put("Observation", "pat9-new", about("pat9"));
  const Reading fourth = world.observations_after(third);
  EXPECT_THAT(fourth.versions, UnorderedElementsAre("pat7-1/2", "pat9-new/1"));
  EXPECT_THAT(world.observations_after(fourth).versions, IsEmpty());
}

TEST(FhirPatientReader, ReadsWhoIsNewFromTheBeginningAndKeepsThePlaceOfWhoLeaves) {
  PatientWorld world(observations(3, 4), {"pat0", "pat1"});
  const Reading loaded = world.observations_after({});
  const Reading second = world.observations_after(loaded);
  world.list({"pat1", "pat2"});
  const Reading reading = world.observations_after(second);
  EXPECT_THAT(reading.versions, UnorderedElementsAre("pat2-0/1", "pat2-1/1", "pat2-2/1", "pat2-3/1"));
  EXPECT_THAT(
      world.log().text(),
      HasSubstr("warning: patients are no longer in the list: their rows stay as they are table=Observation patients=1 since_the_last_run=1"));

  // What comes while he is away is older than what others have by then.
  world.put("Observation", "pat0-away", about("pat0"));
  world.put("Observation", "pat1-later", about("pat1"));
  Reading away = reading;
  for (int i = 0; i < 3; ++i) {
    away = world.observations_after(away);
  }
  EXPECT_THAT(world.log().text(), HasSubstr("info: patients are no longer in the list: their rows stay as they are table=Observation patients=1 "
                                            "since_the_last_run=0"));
  world.list({"pat0", "pat1", "pat2"});
  EXPECT_THAT(world.observations_after(away).versions, ElementsAre("pat0-away/1"));
}

TEST(FhirPatientReader, GoesOnWhereItWasCutWithinAPatientToo) {
  for (const char* fault : {"slow=0", "ignore-sort=silently", "no-total", "whole-seconds"}) {
    SCOPED_TRACE(fault);
    PatientWorld world(observations(6, 30), {}, {fault});
    world.list(6);
    Reading all;
    std::vector<std::string> versions;
    int pieces = 0;
    for (; !all.end && !all.error && pieces < 10000; ++pieces) {
      Reading piece = world.observations_after(all, 1);
      for (std::size_t calls = 2; piece.offset == all.offset && !piece.end && !piece.error; ++calls) {
        piece = world.observations_after(all, calls);
      }
      std::ranges::move(piece.versions, std::back_inserter(versions));
      all = piece;
    }
    ASSERT_FALSE(all.error) << all.error->message();
    EXPECT_GT(pieces, 6);
    EXPECT_EQ((std::set<std::string>{versions.begin(), versions.end()}).size(), 180U);
    EXPECT_EQ(versions.size(), 180U) << "nothing twice";
    EXPECT_THAT(world.observations_after(all).versions, IsEmpty());
  }
}

TEST(FhirPatientReader, GivesTheSameOrderHoweverManyAnswerAtOnce) {
  PatientWorld world(observations(40, 9), {}, {"slow=5:30%"});
  world.list(40);
  world.options().set("parallel_requests", "1");
  const Reading one = world.observations_after({});
  ASSERT_FALSE(one.error) << one.error->message();
  EXPECT_EQ(one.versions.size(), 360U);
  for (const char* parallel : {"3", "16", "64"}) {
    world.options().set("parallel_requests", parallel);
    const Reading many = world.observations_after({});
    EXPECT_EQ(many.versions, one.versions);
    EXPECT_EQ(many.state, one.state);
  }
}

TEST(FhirPatientReader, AsksAgainForWhomTheServerRefusedAndLosesNothingOfHis) {
  PatientWorld world(observations(4, 3), {});
  world.list(4);
  world.options().set("parallel_requests", "1");
  const Reading loaded = world.observations_after({});
  // Who is the third of each round is refused now, while others go on.
  const std::string third = loaded.versions[6].substr(0, loaded.versions[6].find('-'));
  world.put("Observation", third + "-while-refused", about(third));
  ASSERT_TRUE(world.simulator().inject("status=403:#3@Observation"));
  const Reading refused = world.observations_after(loaded);
  ASSERT_FALSE(refused.error) << refused.error->message();
  EXPECT_THAT(refused.versions, IsEmpty());
  EXPECT_THAT(world.log().text(), HasSubstr("warning: the server refused the search for some patients: their rows stay as they are, and the next run "
                                            "asks again table=Observation patients=1 status=403"));
  EXPECT_THAT(refused.state.text(), HasSubstr("refused"));
  world.simulator().clear_faults();

  // The others' times pass his.
  const std::string other = loaded.versions[0].substr(0, loaded.versions[0].find('-'));
  Reading reading = refused;
  world.options().set("look_back", "0");
  for (int i = 0; i < 3; ++i) {
    world.put("Observation", fmt::format("{}-more-{}", other, i), about(other));
    ASSERT_TRUE(world.simulator().inject("status=404:#3@Observation"));
    reading = world.observations_after(reading);
    EXPECT_THAT(reading.versions, SizeIs(1));
    world.simulator().clear_faults();
  }
  reading = world.observations_after(reading);
  EXPECT_THAT(reading.versions, ElementsAre(third + "-while-refused/1"));
  EXPECT_THAT(reading.state.text(), Not(HasSubstr("refused")));
}

TEST(FhirPatientReader, FailsWhereTheServerRefusesAll) {
  PatientWorld world(observations(3, 2), {}, {"status=403@Observation"});
  world.list(3);
  const Reading reading = world.observations_after({});
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind(), ErrorKind::kSource);
  EXPECT_EQ(reading.error->message(), "Observation: the server refused the search for each of the 3 patients (403)");
  EXPECT_THAT(reading.error->next_step(), HasSubstr("search parameters patient"));
}

TEST(FhirPatientReader, EndsWithTheErrorOfASearchAndKeepsWhatCameBefore) {
  PatientWorld world(observations(10, 3), {}, {"status=500:#6@Observation"});
  world.list(10);
  world.options().set("retry_budget", "0");
  world.options().set("parallel_requests", "1");
  const Reading broken_off = world.observations_after({});
  ASSERT_TRUE(broken_off.error);
  EXPECT_EQ(broken_off.error->kind(), ErrorKind::kSource);
  EXPECT_EQ(broken_off.versions.size(), 15U);
  const Reading rest = world.observations_after(broken_off);
  ASSERT_FALSE(rest.error) << rest.error->message();
  EXPECT_EQ(rest.versions.size(), 15U);

  // Also where others are under way.
  ASSERT_TRUE(world.simulator().inject("status=401@Observation"));
  world.options().set("parallel_requests", "8");
  EXPECT_TRUE(world.observations_after({}).error) << "no refusal of a patient";
}

TEST(FhirPatientReader, OvercomesFaultsThatPass) {
  for (const char* fault : {"status=503:20%", "cut-body:20%", "html:5%", "throttle=0:10%", "expired-pages:1"}) {
    SCOPED_TRACE(fault);
    PatientWorld world(observations(12, 20), {}, {fault});
    world.list(12);
    const Reading reading = world.observations_after({});
    ASSERT_FALSE(reading.error) << reading.error->message();
    EXPECT_EQ(reading.distinct().size(), 240U);
  }
}

TEST(FhirPatientReader, StopsWhileTheServerIsSilent) {
  PatientWorld world(observations(20, 1), {}, {"hang@Observation"});
  world.list(20);
  world.options().set("parallel_requests", "8");
  std::stop_source stop;
  ReadContext context;
  context.stop = stop.get_token();
  const std::jthread stopper([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  const Reading reading = world.observations_after({}, SIZE_MAX, context);
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind(), ErrorKind::kInterrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << "and not the 90 s that a server may take";
}

TEST(FhirPatientReader, TakesNothingWhereTheServerIgnoresWhoIsAskedFor) {
  PatientWorld world(observations(3, 2), {"pat0"}, {"ignore-patient"});
  const Reading reading = world.observations_after({});
  ASSERT_TRUE(reading.error);
  EXPECT_EQ(reading.error->kind(), ErrorKind::kSource);
  EXPECT_THAT(reading.error->message(), HasSubstr("left the search parameter patient of patients unused"));
  EXPECT_THAT(reading.versions, IsEmpty());

  // One that hides it: what comes is taken, and said. Who is merged into another may look the same.
  PatientWorld secretive(observations(3, 2), {"pat0"}, {"ignore-patient=silently"});
  EXPECT_THAT(secretive.observations_after({}).versions, SizeIs(6));
  EXPECT_THAT(secretive.log().text(), HasSubstr("warning: the server gives resources that do not name the patient who was asked for"));
}

TEST(FhirPatientReader, TakesWhatIsAboutSeveralOnce) {
  PatientWorld world("", {"pat0", "pat1", "pat2"});
  world.put("Appointment", "both", R"(,"participant":[{"actor":{"reference":"Patient/pat0"}},{"actor":{"reference":"Patient/pat1"}}])");
  world.put("Appointment", "one", R"(,"participant":[{"actor":{"reference":"Patient/pat2"}}])");
  const Reading reading = world.read({}, SIZE_MAX, {}, "Appointment");
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, UnorderedElementsAre("both/1", "one/1"));
  EXPECT_EQ(reading.filtered.at("already_read"), 1U);
}

TEST(FhirPatientReader, FindsDeletionsOfWhoIsListedAndOfNobodyElse) {
  PatientWorld world(observations(4, 3), {});
  world.list(4);
  world.options().set("delete_check_interval", "0");
  Reading reading = world.run({});
  world.rows().put("stranger-1", parse_utc("2024-01-01T00:00:00Z"), "Patient/stranger");
  world.rows().put("nobody-1", parse_utc("2024-01-01T00:00:00Z"));
  world.rows().put("deep", parse_utc("2024-01-01T00:00:00Z"), "Group/5 https://example.org/Patient/pat1/_history/3");

  world.remove("Observation", "pat1-1");
  world.remove("Observation", "pat2-0");
  world.list({"pat0", "pat1", "pat3"});  // pat2 leaves
  reading = world.run(reading);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, UnorderedElementsAre(StartsWith("pat1-1@"), StartsWith("deep@")));
  EXPECT_THAT(world.log().text(), HasSubstr("rows name no patient whose resources were listed just now: they stay, and deletions of theirs are not "
                                            "seen table=Observation rows=5"));

  // Whom the server refuses is left alone; he comes back, and the deletion is seen.
  world.list(4);
  world.options().set("parallel_requests", "1");
  ASSERT_TRUE(world.simulator().inject("requires-patient"));
  reading = world.run(reading);
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("pat2-0@")));

  world.remove("Observation", "pat0-0");
  world.remove("Observation", "pat1-0");
  world.remove("Observation", "pat2-1");
  world.remove("Observation", "pat3-0");
  for (int i = 5; i <= 8; ++i) {  // after the four searches for changes, the four for ids
    ASSERT_TRUE(world.simulator().inject(fmt::format("status=403:#{}@Observation", i)));
    if (i == 6) {
      break;
    }
  }
  reading = world.run(reading);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.deletes, SizeIs(2)) << "of the two who were listed";
  world.simulator().clear_faults();
  EXPECT_THAT(world.run(reading).deletes, SizeIs(2));
}

TEST(FhirPatientReader, FindsWhichPatientsAreGone) {
  PatientWorld world(patients_a_minute_apart(3), {"p0000", "p0001", "p0002"});
  world.options().set("delete_check_interval", "0");
  FhirRows rows;
  ReadContext context;
  context.standing_keys = &rows;
  Reading reading = world.read({}, SIZE_MAX, context);
  for (const char* id : {"p0000", "p0001", "p0002"}) {
    rows.put(id, parse_utc("2024-01-01T00:00:00Z"), id);
  }
  world.remove("Patient", "p0001");
  world.remove("Patient", "p0002");
  world.list({"p0000", "p0001"});
  reading = world.read(reading, SIZE_MAX, context);
  EXPECT_THAT(reading.deletes, ElementsAre(StartsWith("p0001@")));
  EXPECT_THAT(world.log().text(), Not(HasSubstr("p0001")));
}

TEST(FhirPatientReader, GoesOnFromWhereTheWholeTableWasRead) {
  PatientWorld world(observations(3, 3), {});
  world.list(3);
  Reading whole;
  whole.offset = Offset(R"({"at":"2024-01-01T00:08:00Z","changes":1,"found":"search"})");
  StateDelta remembered;
  remembered.entries.emplace_back("seen/00000001", "AAAAAAAAAAAAAAAAAAAAAA==");
  whole.state.apply(remembered);
  world.options().set("look_back", "0");
  const Reading reading = world.observations_after(whole);
  ASSERT_FALSE(reading.error) << reading.error->message();
  EXPECT_THAT(reading.versions, ElementsAre("pat2-2/1"));
  EXPECT_THAT(reading.state.text(), Not(HasSubstr("seen/")));

  // Who is new from then on is read from the beginning, and the table can't be read whole from here.
  world.put("Observation", "late-1", about("late"));
  world.list({"pat0", "late"});
  EXPECT_THAT(world.observations_after(reading).versions, ElementsAre("late-1/1"));
  world.table_options().set("patients", "none");
  const auto refused = world.connect()->read_table("Observation", reading.offset, world.table_options(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(refused.error().next_step(), HasSubstr("--full-refresh"));
}

TEST(FhirPatientReader, HasNoIdsInMessagesAndState) {
  PatientWorld world(observations(6, 3), {}, {"status=403:#4@Observation", "status=503:3"});
  world.list(6);
  world.options().set("delete_check_interval", "0");
  Reading reading = world.run({});
  world.list({"pat0"});
  world.remove("Observation", "pat0-1");
  reading = world.run(reading);
  EXPECT_THAT(reading.deletes, SizeIs(1));
  EXPECT_THAT(world.log().text(), AllOf(Not(HasSubstr("pat0")), Not(HasSubstr("pat3")), HasSubstr("http exchange")));
  EXPECT_THAT(reading.state.text(), AllOf(Not(HasSubstr("pat0")), Not(HasSubstr("pat3"))));
  EXPECT_THAT(reading.offset.json(), AllOf(Not(HasSubstr("pat0")), Not(HasSubstr("pat3"))));
}

TEST(FhirPatientReader, SaysInWordsWhereItStands) {
  PatientWorld world(observations(3, 1), {"pat0", "pat1", "pat2"});
  Reading reading = world.observations_after({});
  world.list({"pat0", "pat1"});
  reading = world.observations_after(reading);
  const auto connector = world.connect();
  const auto words =
      dynamic_cast<OffsetInWords*>(connector.get())->offset_in_words({"Observation", world.table_options()}, reading.offset, reading.state);
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, StartsWith("2024-01-01T00:02:00Z, by patient: 3 patients, 1 of them no longer in the list, ids compared at "));
}

TEST(FhirPatientPosition, IsReadBackAsItWasWritten) {
  SeenVersions seen;
  seen.meet(5, 17);
  seen.meet(6, 18);
  const FhirPatientPosition place{
      .position = {.at = 7, .pass = FhirPass{.from = 1, .date = 9, .high = 8}}, .seen = seen.text(), .mark = FhirPatientPosition::Mark::kRefused};
  const auto read = FhirPatientPosition::parse("patient/1", place.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->text(), place.text());
  EXPECT_EQ(read->position.pass, place.position.pass);
  const std::optional<SeenVersions> again = SeenVersions::parse(read->seen);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->knows(17) && again->knows(18) && !again->knows(19));
  for (const char* broken : {"", "[]", R"({"at":5})", R"({"seen":"?"})", R"({"mark":"gone"})", R"({"who":"x"})"}) {
    const auto refused = FhirPatientPosition::parse("patient/1", broken);
    ASSERT_FALSE(refused) << broken;
    EXPECT_EQ(refused.error().kind(), ErrorKind::kUser);
  }

  const FhirPatientsPosition table{.floor = 1000, .high = 2000, .round = FhirPatientRound{.floor = 2000, .after = "ff"}, .changes = 3, .at = 4};
  const auto table_read = FhirPatientsPosition::parse(table.offset());
  ASSERT_TRUE(table_read);
  EXPECT_EQ(*table_read, table);
  for (const char* broken : {R"({"patients":5})", R"({"patients":{"floor":"x"}})", R"({"patients":{"round":[]}})", R"({"patients":{},"pass":{}})"}) {
    EXPECT_FALSE(FhirPatientsPosition::parse(Offset(broken))) << broken;
  }
}

TEST(FhirPatientCompartment, KnowsHowEachTypeIsSearched) {
  EXPECT_EQ(patient_search("Observation", "1"), "patient=1");
  EXPECT_EQ(patient_search("Coverage", "1"), "patient=1");
  EXPECT_EQ(patient_search("AdverseEvent", "1"), "subject=Patient/1");
  EXPECT_EQ(patient_search("Schedule", "1"), "actor=Patient/1");
  EXPECT_EQ(patient_search("Patient", "a|b"), "_id=a%7Cb");
  EXPECT_FALSE(is_of_patient_compartment("Medication"));
  EXPECT_FALSE(is_of_patient_compartment("Organization"));
  EXPECT_TRUE(may_name_several_patients("Appointment"));
  EXPECT_TRUE(may_name_several_patients("AuditEvent"));
  EXPECT_FALSE(may_name_several_patients("Observation"));
  EXPECT_THAT(patients_of_references("Patient/1 Group/2 https://h/Patient/3/_history/4 urn:uuid:5"), ElementsAre("1", "3"));
}

}  // namespace
}  // namespace lakeflow
