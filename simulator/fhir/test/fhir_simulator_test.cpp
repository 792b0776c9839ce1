#include "simulator/fhir/fhir_simulator.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/clock.h"
#include "simulator/fhir/test/fhir_client.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::unique_ptr<FhirSimulator> start(FhirSimulatorOptions options = {}) {
  auto simulator = FhirSimulator::start(std::move(options));
  EXPECT_TRUE(simulator) << (simulator ? "" : simulator.error().message());
  return *std::move(simulator);
}

std::string patient(std::string_view id) { return fmt::format(R"({{"resourceType":"Patient","id":"{}"}})", id); }

// A transaction that updates or creates these patients.
std::string transaction(const std::vector<std::string>& ids, std::string_view type = "transaction") {
  std::string entries;
  for (const std::string& id : ids) {
    entries += fmt::format(R"({}{{"resource":{},"request":{{"method":"PUT","url":"Patient/{}"}}}})", entries.empty() ? "" : ",", patient(id), id);
  }
  return fmt::format(R"({{"resourceType":"Bundle","type":"{}","entry":[{}]}})", type, entries);
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(fmt::format("p{:03}", i));
  }
  return ids;
}

std::string last_updated(const Json& resource) { return resource["meta"]["lastUpdated"]; }

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / fmt::format("lakeflow_fhir_{}_{}", ::getpid(), now_micros())) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(FhirSimulator, ReadsWritesAndDeletes) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());

  const auto created = client.post("Patient", R"({"resourceType":"Patient","id":"mine","active":true})");
  EXPECT_EQ(created.status, 201);
  const std::string id = created.json()["id"];
  EXPECT_NE(id, "mine") << "the server names what is created";
  EXPECT_EQ(created.header("ETag"), R"(W/"1")");
  EXPECT_EQ(created.header("Location"), simulator->base_url() + "/Patient/" + id + "/_history/1");

  const auto updated = client.put("Patient/" + id, fmt::format(R"({{"resourceType":"Patient","id":"{}","active":false}})", id));
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(updated.json()["meta"]["versionId"], "2");
  EXPECT_LT(last_updated(created.json()), last_updated(updated.json()));
  EXPECT_EQ(client.get("Patient/" + id).text, updated.text);
  EXPECT_EQ(client.get("Patient/" + id + "/_history/1").json()["active"], true);
  EXPECT_EQ(client.put("Patient/other", patient("other")).status, 201) << "an update may create";
  EXPECT_EQ(simulator->resource_count(), 2U);

  EXPECT_EQ(client.remove("Patient/" + id).status, 204);
  EXPECT_EQ(client.get("Patient/" + id).status, 410);
  EXPECT_EQ(client.remove("Patient/" + id).status, 204) << "deleting twice is no error";
  EXPECT_EQ(client.remove("Patient/never").status, 204);
  EXPECT_EQ(simulator->resource_count(), 1U);
  EXPECT_EQ(client.put("Patient/" + id, fmt::format(R"({{"resourceType":"Patient","id":"{}"}})", id)).json()["meta"]["versionId"], "4");
}

TEST(FhirSimulator, RefusesWithAnOutcome) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.put("Patient/1", patient("1"));
  EXPECT_EQ(client.get("Patient/2").status, 404);
  EXPECT_EQ(client.get("Patient/2").json()["resourceType"], "OperationOutcome");
  EXPECT_EQ(client.get("Patience").status, 404);
  EXPECT_EQ(client.get("Patient/1/_history/2").status, 404);
  EXPECT_EQ(client.get("").status, 405);
  EXPECT_EQ(client.get("Patient/$everything").status, 404);
  EXPECT_EQ(client.post("Patient", "{").status, 400);
  EXPECT_EQ(client.post("Patient", R"({"resourceType":"Encounter"})").status, 400);
  EXPECT_EQ(client.put("Patient/2", patient("3")).status, 400);
  EXPECT_EQ(client.get("Patient?_lastUpdated=yesterday").status, 400);
  EXPECT_EQ(client.get("Patient?_count=some").status, 400);
  EXPECT_EQ(client.post("", patient("1")).status, 400);
}

TEST(FhirSimulator, ChecksVersions) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.put("Patient/1", patient("1"));
  EXPECT_EQ(FhirClient(simulator->base_url(), {{"If-Match", R"(W/"1")"}}).put("Patient/1", patient("1")).status, 200);
  EXPECT_EQ(FhirClient(simulator->base_url(), {{"If-Match", R"(W/"1")"}}).put("Patient/1", patient("1")).status, 412);
  EXPECT_EQ(FhirClient(simulator->base_url(), {{"If-None-Match", R"(W/"2")"}}).get("Patient/1").status, 304);
}

TEST(FhirSimulator, TellsWhatItCan) {
  const auto simulator = start({.bearer_token = "open-sesame"});
  const Json capabilities = FhirClient(simulator->base_url()).get("metadata").json();
  EXPECT_EQ(capabilities["fhirVersion"], "4.0.1");
  EXPECT_THAT(capabilities["rest"][0]["resource"], SizeIs(146));
}

TEST(FhirSimulator, WantsItsToken) {
  const auto simulator = start({.bearer_token = "open-sesame"});
  const auto refused = FhirClient(simulator->base_url()).get("Patient");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(FhirClient(simulator->base_url(), {{"Authorization", "Bearer guessed"}}).get("Patient").status, 401);
  EXPECT_EQ(FhirClient(simulator->base_url(), {{"Authorization", "Bearer open-sesame"}}).get("Patient").status, 200);
  EXPECT_TRUE(simulator->requests().back().had_authorization);
}

TEST(FhirSimulator, LoadsAFolder) {
  Folder folder;
  folder.write("package.json", R"({"name":"no resource"})");
  folder.write("torn.json", R"({"resourceType":"Patient","id":)");
  folder.write("no-id.json", R"({"resourceType":"Patient"})");
  folder.write("notes.txt", "not looked at");
  folder.write("below/patient.json", "\xEF\xBB\xBF{ \"resourceType\": \"Patient\", \"id\": \"single\", \"n\": 1.00 }");
  folder.write("observations.ndjson",
               "{\"resourceType\":\"Observation\",\"id\":\"a\"}\n\n{\"resourceType\":\"Observation\",\"id\":\"b\"}\r\nbroken\n");
  folder.write("kept.json",
               R"({"resourceType":"Patient","id":"kept","meta":{"versionId":"5","lastUpdated":"2020-01-01T12:00:00.5+02:00","tag":[]}})");
  folder.write("document.json",
               R"({"resourceType":"Bundle","id":"document","type":"document","entry":[{"resource":{"resourceType":"Patient","id":"inside"}}]})");
  folder.write("parcel.json", R"({"resourceType":"Bundle","type":"transaction","entry":[
      {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"unpacked"},"request":{"method":"POST","url":"Patient"}},
      {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Encounter","id":"visit","subject":{"reference":"urn:uuid:1"}},"request":{"method":"POST","url":"Encounter"}},
      {"resource":{"resourceType":"Encounter"}}]})");
  const auto simulator = start({.folder = folder.path()});
  FhirClient client(simulator->base_url());
  EXPECT_EQ(simulator->load().resources, 7U);
  EXPECT_EQ(simulator->load().skipped, 5U) << "package.json, torn.json, no-id.json, the line 'broken', the entry without an id";
  EXPECT_THAT(client.all_ids("Patient"), UnorderedElementsAre("single", "kept", "unpacked"));
  EXPECT_THAT(client.all_ids("Bundle"), ElementsAre("document"));
  EXPECT_THAT(client.get("Patient/single").text, HasSubstr(R"("n": 1.00)"));
  EXPECT_THAT(client.get("Patient/kept").text, HasSubstr(R"("meta":{"versionId":"5","lastUpdated":"2020-01-01T12:00:00.5+02:00","tag":[]})"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=2020-01-01T10:00:00.500Z"), ElementsAre("kept"));
  EXPECT_EQ(client.get("Encounter/visit").json()["subject"]["reference"], "Patient/unpacked");
  EXPECT_EQ(last_updated(client.get("Observation/a").json()), last_updated(client.get("Observation/b").json())) << "lines of one file came at once";
  EXPECT_LE(last_updated(client.get("Observation/a").json()), format_utc(now_micros()));
}

TEST(FhirSimulator, LoadsTheOfficialExamples) {
  const auto simulator = start({.folder = LAKEFLOW_SOURCE_DIR "/.deps/fhir"});
  FhirClient client(simulator->base_url());
  EXPECT_EQ(simulator->load().resources, 5306U);
  EXPECT_EQ(simulator->load().skipped, 1U) << "package.json";
  EXPECT_EQ(simulator->resource_count(), 5305U) << "ImplementationGuide/fhir is there twice";
  EXPECT_EQ(client.get("Patient?_count=0").json()["total"], 22);
  EXPECT_EQ(client.get("Observation?_summary=count").json()["total"], 64);
  EXPECT_THAT(client.all_ids("StructureDefinition?_count=100"), SizeIs(655));
}

TEST(FhirSimulator, RefusesToStart) {
  const auto unknown_fault = FhirSimulator::start({.faults = {"stauts=500"}});
  ASSERT_FALSE(unknown_fault);
  EXPECT_EQ(unknown_fault.error().next_step(), "did you mean status?");
  const auto no_folder = FhirSimulator::start({.folder = "/no/such/folder"});
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().kind(), ErrorKind::kUser);
}

TEST(FhirSearch, FindsByTime) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  std::vector<std::string> times;
  for (const std::string id : {"c", "a", "b"}) {
    times.push_back(last_updated(client.put("Patient/" + id, patient(id)).json()));
  }
  EXPECT_THAT(client.all_ids("Patient"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(client.all_ids("Patient?_sort=_lastUpdated"), ElementsAre("c", "a", "b"));
  EXPECT_THAT(client.all_ids("Patient?_sort=-_lastUpdated"), ElementsAre("b", "a", "c"));
  EXPECT_THAT(client.all_ids("Patient?_sort=-_id"), ElementsAre("c", "b", "a"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=" + times[1]), ElementsAre("a"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=gt" + times[1]), ElementsAre("b"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=ge" + times[1]), ElementsAre("a", "b"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=ge" + times[1] + "&_lastUpdated=lt" + times[2]), ElementsAre("a"));
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=gt" + times[2]), IsEmpty());
  EXPECT_THAT(client.all_ids("Patient?_id=a,c,x"), ElementsAre("a", "c"));
  EXPECT_THAT(client.all_ids("Encounter"), IsEmpty());

  client.put("Patient/c", patient("c"));
  client.remove("Patient/a");
  EXPECT_THAT(client.all_ids("Patient?_sort=_lastUpdated"), ElementsAre("b", "c")) << "only what is alive, at its newest time";
}

// FHIR's Patient compartment says by which parameters, and the parameters' definitions where they look.
TEST(FhirSearch, FindsWhatIsAboutAPatient) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const auto put = [&client](const std::string& type, const std::string& id, const std::string& more) {
    EXPECT_EQ(client.put(type + "/" + id, R"({"resourceType":")" + type + R"(","id":")" + id + R"(",)" + more + "}").status, 201);
  };
  put("Observation", "o1", R"("subject":{"reference":"Patient/1"})");
  put("Observation", "o11", R"("subject":{"reference":"Patient/11"})");
  put("Observation", "absolute", R"("subject":{"reference":"https://example.org/r4/Patient/1"})");
  put("Observation", "group", R"("subject":{"reference":"Group/1"})");
  put("Observation", "done", R"("performer":[{"reference":"Practitioner/9"},{"reference":"Patient/1"}])");
  put("Appointment", "a", R"("participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/1"}}])");
  put("Coverage", "c", R"("beneficiary":{"reference":"Patient/1"})");
  put("AuditEvent", "e", R"("entity":[{"what":{"reference":"Patient/1"}}])");

  EXPECT_THAT(client.all_ids("Observation?patient=1"), ElementsAre("absolute", "o1"));
  EXPECT_THAT(client.all_ids("Observation?patient=Patient/1"), ElementsAre("absolute", "o1"));
  EXPECT_THAT(client.all_ids("Observation?patient=1,11"), ElementsAre("absolute", "o1", "o11"));
  EXPECT_THAT(client.all_ids("Observation?subject=Group/1"), ElementsAre("group"));
  EXPECT_THAT(client.all_ids("Observation?subject=1"), ElementsAre("absolute", "group", "o1"));
  EXPECT_THAT(client.all_ids("Observation?performer=Patient/1"), ElementsAre("done"));
  EXPECT_THAT(client.all_ids("Appointment?patient=1"), ElementsAre("a"));
  EXPECT_THAT(client.all_ids("Appointment?actor=Patient/1"), ElementsAre("a"));
  EXPECT_THAT(client.all_ids("Coverage?patient=1"), ElementsAre("c"));
  EXPECT_THAT(client.all_ids("AuditEvent?patient=1"), ElementsAre("e"));
  EXPECT_EQ(FhirClient::link(client.get("Observation?patient=1").json(), "self"), simulator->base_url() + "/Observation?patient=1");
}

TEST(FhirSearch, LeavesOutOfTheSelfLinkWhatItDoesNotKnow) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const auto lenient = client.get("Patient?name=x&_sort=_lastUpdated&_lastUpdated=ge2024-01-01T00:00:00%2B01:00");
  EXPECT_EQ(lenient.status, 200);
  EXPECT_EQ(FhirClient::link(lenient.json(), "self"),
            simulator->base_url() + "/Patient?_sort=_lastUpdated&_lastUpdated=ge2024-01-01T00:00:00%2B01:00");
  FhirClient strict(simulator->base_url(), {{"Prefer", "handling=strict"}});
  EXPECT_EQ(strict.get("Patient?name=x").status, 400);
  EXPECT_EQ(strict.get("Patient?_sort=_lastUpdated").status, 200);
}

TEST(FhirSearch, GivesPages) {
  const auto simulator = start({.default_page_size = 10, .maximum_page_size = 20});
  FhirClient client(simulator->base_url());
  client.post("", transaction(numbered(45)));
  const auto sizes = [&](const std::string& query) {
    std::vector<std::size_t> counts;
    for (const Json& page : client.all_pages(query)) {
      counts.push_back(FhirClient::ids(page).size());
      EXPECT_EQ(page["total"], 45);
    }
    return counts;
  };
  EXPECT_THAT(sizes("Patient"), ElementsAre(10, 10, 10, 10, 5));
  EXPECT_THAT(sizes("Patient?_count=15"), ElementsAre(15, 15, 15));
  EXPECT_THAT(sizes("Patient?_count=1000"), ElementsAre(20, 20, 5));
  EXPECT_EQ(client.all_ids("Patient?_count=7"), numbered(45));
  EXPECT_FALSE(client.get("Patient?_total=none").json().contains("total"));
  EXPECT_THAT(FhirClient::link(client.get("Patient").json(), "next"), StartsWith(simulator->base_url()));
}

TEST(FhirSearch, PagesDoNotShiftUnderChanges) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const auto ids = numbered(30);
  client.post("", transaction(ids));
  Json page = client.get("Patient?_sort=_lastUpdated&_count=10").json();
  std::vector<std::string> seen = FhirClient::ids(page);
  // Of what was seen one is deleted, and one of each kind changes: cut anew, the pages would skip some.
  client.remove("Patient/p000");
  client.put("Patient/p001", patient("p001"));
  client.put("Patient/p015", patient("p015"));
  while (!FhirClient::link(page, "next").empty()) {
    page = client.follow(FhirClient::link(page, "next")).json();
    for (std::string& id : FhirClient::ids(page)) {
      seen.push_back(std::move(id));
    }
  }
  EXPECT_EQ(seen, ids);
}

TEST(FhirSearch, PagesExpire) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.post("", transaction(numbered(3)));
  const std::string next = FhirClient::link(client.get("Patient?_count=1").json(), "next");
  EXPECT_EQ(client.follow(next).status, 200);
  for (int i = 0; i < 1100; ++i) {
    client.get("Patient?_count=1");
  }
  EXPECT_EQ(client.follow(next).status, 410);
  EXPECT_EQ(client.get("Patient?_page=nonsense").status, 410);
}

TEST(FhirSearch, CanBePosted) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.post("", transaction(numbered(3)));
  httplib::Client http("127.0.0.1", simulator->port());
  const auto found = http.Post("/fhir/Patient/_search", "_id=p001", "application/x-www-form-urlencoded");
  ASSERT_TRUE(found);
  EXPECT_THAT(FhirClient::ids(Json::parse(found->body)), ElementsAre("p001"));
}

TEST(FhirTransaction, GivesAllItsEntriesOneTime) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const Json response = client.post("", transaction(numbered(200))).json();
  EXPECT_EQ(response["type"], "transaction-response");
  ASSERT_THAT(FhirClient::entries(response), SizeIs(200));
  EXPECT_EQ(response["entry"][7]["response"]["status"], "201 Created");
  EXPECT_EQ(response["entry"][7]["response"]["location"], "Patient/p007/_history/1");
  std::set<std::string> times;
  for (const Json& page : client.all_pages("Patient?_count=30")) {
    for (const Json& entry : FhirClient::entries(page)) {
      times.insert(last_updated(entry["resource"]));
    }
  }
  EXPECT_THAT(times, SizeIs(1)) << "far more than a page have the same time";
  EXPECT_THAT(client.all_ids("Patient?_lastUpdated=gt" + *times.begin()), IsEmpty());
}

TEST(FhirTransaction, TakesPlaceWholeOrNotAtAll) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const std::string bad = R"({"resourceType":"Bundle","type":"transaction","entry":[
      {"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}},
      {"resource":{"resourceType":"Patient","id":"2"},"request":{"method":"PUT","url":"Patient/3"}}]})";
  EXPECT_EQ(client.post("", bad).status, 400);
  EXPECT_EQ(simulator->resource_count(), 0U);
  EXPECT_EQ(client.post("", transaction({"1", "2", "1"})).status, 400) << "two entries for one resource";
  EXPECT_EQ(simulator->resource_count(), 0U);
}

TEST(FhirTransaction, MixesInteractionsAndResolvesReferences) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.put("Patient/old", patient("old"));
  const Json response = client
                            .post("", R"({"resourceType":"Bundle","type":"transaction","entry":[
      {"request":{"method":"GET","url":"Patient?_id=new"}},
      {"fullUrl":"urn:uuid:e","resource":{"resourceType":"Encounter","status":"planned","subject":{"reference":"urn:uuid:p"}},"request":{"method":"POST","url":"Encounter"}},
      {"fullUrl":"urn:uuid:p","resource":{"resourceType":"Patient","id":"new"},"request":{"method":"PUT","url":"Patient/new"}},
      {"request":{"method":"DELETE","url":"Patient/old"}}]})")
                            .json();
  ASSERT_THAT(FhirClient::entries(response), SizeIs(4)) << response;
  EXPECT_THAT(FhirClient::ids(response["entry"][0]["resource"]), ElementsAre("new"));
  EXPECT_EQ(response["entry"][3]["response"]["status"], "204 No Content");
  EXPECT_EQ(client.get("Patient/old").status, 410);
  const Json encounters = client.get("Encounter").json();
  EXPECT_EQ(encounters["entry"][0]["resource"]["subject"]["reference"], "Patient/new");
}

TEST(FhirBatch, EachEntryStandsForItself) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  const Json response = client
                            .post("", R"({"resourceType":"Bundle","type":"batch","entry":[
      {"resource":{"resourceType":"Patient","id":"1"},"request":{"method":"PUT","url":"Patient/1"}},
      {"resource":{"resourceType":"Patient","id":"2"},"request":{"method":"PUT","url":"Patient/3"}},
      {"request":{"method":"GET","url":"Patient/1"}}]})")
                            .json();
  EXPECT_EQ(response["type"], "batch-response");
  EXPECT_EQ(response["entry"][0]["response"]["status"], "201 Created");
  EXPECT_EQ(response["entry"][1]["response"]["status"], "400");
  EXPECT_EQ(response["entry"][1]["response"]["outcome"]["resourceType"], "OperationOutcome");
  EXPECT_EQ(response["entry"][2]["resource"]["id"], "1");
}

TEST(FhirHistory, IsNewestFirstAndHasTheDeletions) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  client.put("Patient/a", patient("a"));
  client.post("Patient", R"({"resourceType":"Patient"})");
  const std::string since = last_updated(client.put("Patient/a", patient("a")).json());
  client.remove("Patient/a");
  client.put("Encounter/e", R"({"resourceType":"Encounter","id":"e"})");

  const Json history = client.get("Patient/_history").json();
  EXPECT_EQ(history["type"], "history");
  EXPECT_EQ(history["total"], 4);
  std::vector<std::string> methods;
  for (const Json& entry : FhirClient::entries(history)) {
    methods.push_back(entry["request"]["method"].get<std::string>() + " " + entry["response"]["status"].get<std::string>());
  }
  EXPECT_THAT(methods, ElementsAre("DELETE 204 No Content", "PUT 200 OK", "POST 201 Created", "PUT 201 Created"));
  const Json& tombstone = history["entry"][0];
  EXPECT_FALSE(tombstone.contains("resource"));
  EXPECT_EQ(tombstone["request"]["url"], "Patient/a");
  EXPECT_EQ(tombstone["response"]["etag"], R"(W/"3")");
  EXPECT_GT(tombstone["response"]["lastModified"], since);

  EXPECT_THAT(client.all_pages("Patient/_history?_since=" + since + "&_count=1"), SizeIs(2)) << "_since includes its instant";
  EXPECT_EQ(client.get("Patient/a/_history").json()["total"], 3);
  EXPECT_EQ(client.get("_history").json()["total"], 5);
  EXPECT_EQ(client.get("Patient/x/_history").status, 404);
}

TEST(FhirSimulator, AnswersManyAtOnce) {
  const auto simulator = start();
  constexpr int kWriters = 4;
  constexpr int kWrites = 100;
  std::vector<std::jthread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&, writer] {
      FhirClient client(simulator->base_url());
      for (int i = 0; i < kWrites; ++i) {
        const std::string id = fmt::format("w{}-{}", writer, i);
        EXPECT_EQ(client.put("Patient/" + id, patient(id)).status, 201);
        EXPECT_EQ(client.get("Patient?_sort=_lastUpdated&_count=20&_lastUpdated=ge2024").status, 200);
      }
    });
  }
  threads.clear();
  FhirClient client(simulator->base_url());
  std::set<std::string> times;
  for (const Json& page : client.all_pages("Patient?_count=1000")) {
    for (const Json& entry : FhirClient::entries(page)) {
      times.insert(last_updated(entry["resource"]));
    }
  }
  EXPECT_THAT(times, SizeIs(kWriters * kWrites)) << "each request has a time of its own";
}

TEST(FhirSimulator, SaysWhatTimeItIs) {
  const auto simulator = start();
  FhirClient client(simulator->base_url());
  std::string newest;
  for (int i = 0; i < 50; ++i) {
    newest = last_updated(client.put("Patient/1", patient("1")).json());
  }
  const auto date = parse_http_date(client.get("Patient").header("Date"));
  ASSERT_TRUE(date);
  EXPECT_GE(*date + 1'000'000, *parse_utc(newest)) << "nothing is from the future";
}

}  // namespace
}  // namespace lakeflow
