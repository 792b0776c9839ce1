#include "simulator/api/api_description.h"

#include <gmock/gmock.h>

#include "simulator/api/test/described_source.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

TEST(ApiDescription, AMistakeHasAPlaceAndANextStep) {
  const std::string notes = "endpoints:\n  notes:\n    path: /notes\n    records: {file: notes.json}\n";
  const struct {
    std::string description;
    std::string place;  // line and column
    std::string told;
  } cases[] = {
      {"endponts: {}", ":1:1: ", "did you mean endpoints?"},
      {"endpoints: {}", ":1:12: ", "no endpoint"},
      {"endpoints: {notes: {path: /notes}}", ":1:20: ", "the key records is missing"},
      {"auth: {beerer: x}\n" + notes, ":1:8: ", "did you mean bearer?"},
      {"auth: {api_key: {value: x}}\n" + notes, ":1:17: ", "a header or a parameter"},
      {"rate_limit: {seconds: 5}\n" + notes, ":1:13: ", "requests: 10"},
      {notes + "    filtres: {}\n", ":5:5: ", "did you mean filters?"},
      {notes + "    filters: {since: {operator: at-or-aftr}}\n", ":5:33: ", "did you mean at-or-after?"},
      {notes + "    paging: {by: pages}\n", ":5:18: ", "did you mean page?"},
      {notes + "    paging: {by: cursor}\n", ":5:13: ", "next: meta.next"},
      {notes + "    paging: {by: next-url, next: \"link[relation=next]\"}\n", ":5:34: ", "is no place in a body one of a list's objects is chosen"},
      {notes + "    paging: {by: page, pages: kept}\n", ":5:31: ", "can't be kept"},
      {notes + "    paging: {by: page, default_size: many}\n", ":5:38: ", "a whole number"},
      {notes + "    paging: {by: page}\n    filters: {page: {}}\n", ":3:5: ", "the parameter page has two meanings"},
      {notes + "    answer: {total: count}\n", ":3:5: ", "answer: {records: data}"},
      {notes + "    record_path: /notes/{name}\n", ":5:18: ", "must end with the key, {id}"},
      {notes + "    parent: noets\n", ":3:5: ", "did you mean notes?"},
      {notes + "    moves_parent: true\n", ":3:5: ", "write parent: orders"},
      {notes + "  items: {path: \"/notes/{note}/items\", parent: notes, moves_parent: true, records: {file: notes.json}}\n",
       ":5:10: ", "write modified: {field: updated_at} there"},
      {"endpoints:\n  notes: {path: notes, records: {file: notes.json}}", ":2:17: ", "write path: /notes"},
      {"endpoints:\n  notes: {path: /n, records: {file: other.json}}", ":2:37: ", "there is no file"},
      {"endpoints:\n  notes: {path: /n, records: {file: notes.json, from_future: 1}}", ":2:62: ", "modified: {field: updated_at}"},
      {"endpoints:\n  notes: {path: /n, records: {generate: {fields: {id: {kind: sequenc}}}}}", ":2:62: ", "did you mean sequence?"},
      {"endpoints:\n  notes: {path: /n, records: {generate: {fields: {id: {kind: uuid, words: 3}}}}}", ":2:75: ", "a uuid has no words"},
      {"endpoints: [", ":1:1: ", "this is no YAML"},
      {"auth: {bearer: }\n" + notes, ":1:", "bearer has no value write one, such as bearer: made-up-token"},
      {notes + "    sort: {parameter: sort, fields: {changed: [id]}}\n", ":5:47: ", "changed of fields must be a text"},
      {notes + "    required_parameters: {a: 1}\n    ignored_parameters: [a]\n", ":3:5: ", "the parameter a has two meanings"},
      {notes + "    writable: true\n", ":5:15: ", "needs record_path, for PUT and DELETE write record_path: …/{id}"},
      {notes + "    paging: {by: offset}\n    answer: {records: data, pages: pages}\n", ":6:36: ", "where paging goes by page"},
  };
  DescribedSource source;
  source.write("notes.json", "[]");
  for (const auto& [description, place, told] : cases) {
    const auto started = source.try_start(description);
    ASSERT_FALSE(started) << description;
    EXPECT_EQ(started.error().kind(), ErrorKind::kUser);
    EXPECT_THAT(started.error().message(), HasSubstr("source.yaml" + place)) << description;
    EXPECT_THAT(started.error().message() + " " + started.error().next_step(), HasSubstr(told)) << description;
  }
}

TEST(ApiDescription, AFieldThatNoRecordHasIsAMistake) {
  const std::string file = "endpoints:\n  notes:\n    path: /notes\n    records: {file: notes.ndjson}\n";
  const std::string generated =
      "endpoints:\n  notes:\n    path: /notes\n    records: {generate: {fields: {id: {kind: uuid}, by.name: {kind: text, missing_percent: 100}, "
      "changed: {kind: timestamp}}}, from_future: 1}\n    modified: {field: changed}\n";
  const struct {
    std::string description;
    std::string place;
    std::string told;
  } cases[] = {
      {file + "    filters: {chanced: {}}\n", ":5:24: ", "no record of notes has the field chanced of the filter chanced did you mean changed?"},
      {file + "    filters: {since: {field: by.nam}}\n", ":5:30: ", "did you mean by.name?"},
      {file + "    modified: {field: chnged}\n", ":5:15: ", "the field chnged of modified did you mean changed?"},
      {file + "    sort: {parameter: sort, fields: [id, chnged]}\n", ":5:37: ", "the field chnged of its sort did you mean changed?"},
      {file + "    sort: {otherwise: \"-chnged,id\"}\n", ":5:23: ", "did you mean changed?"},
      {file + "    deletes: {path: /gone, filters: {since: {field: changed}}}\n",
       ":5:53: ", "no record of the feed of deletes has the field changed"},
      {file + "  items:\n    path: /notes/{note}/items\n    parent: notes\n    records: {file: notes.ndjson}\n",
       ":6:11: ", "no record of items has the field note of its path"},
      {generated + "    filters: {by.nam: {}}\n", ":6:23: ", "did you mean by.name?"},
      {"endpoints: {notes: {path: /n, records: {generate: {fields: {id: {kind: uuid}}}, from_future: 1}, modified: {field: chnged}}}",
       ":1:108: ", "no record of notes has the field chnged"},
  };
  DescribedSource source;
  source.write("notes.ndjson", R"({"id": 1, "by": {"name": "x"}})"
                               "\n"
                               R"({"id": 2, "changed": "2024-01-01T00:00:00Z"})");
  for (const auto& [description, place, told] : cases) {
    const auto started = source.try_start(description);
    ASSERT_FALSE(started) << description;
    EXPECT_THAT(started.error().message(), HasSubstr("source.yaml" + place)) << description;
    EXPECT_THAT(started.error().message() + " " + started.error().next_step(), HasSubstr(told)) << description;
  }
  EXPECT_TRUE(source.try_start(file + "    filters: {changed: {}, by.name: {}}\n")) << "one record that has it is enough";
  EXPECT_TRUE(source.try_start(generated + "    filters: {by: {}, by.name: {}}\n")) << "a field may be missing in all";
  source.write("notes.ndjson", "");
  EXPECT_TRUE(source.try_start(file + "    filters: {chanced: {}}\n")) << "nothing can be said of no records";
}

TEST(ApiDescription, ARecordThatIsNoneIsNamedByItsNumber) {
  DescribedSource source;
  source.write("notes.ndjson", "{\"id\": 1}\n{\"name\": \"no key\"}\n");
  const auto started = source.try_start("endpoints: {notes: {path: /notes, records: {file: notes.ndjson}}}");
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message(), HasSubstr("notes.ndjson: record 2: a record has no id, its key"));
}

TEST(ApiDescription, RecordsOfAJsonDocument) {
  DescribedSource source;
  source.write("notes.json", R"({"data": {"notes": [{"id": 1}, {"id": 2}]}})");
  source.start("endpoints: {notes: {path: /notes, records: {file: notes.json, at: data.notes}, sort: {otherwise: id}}}");
  EXPECT_EQ(source.ids("/notes"), "1 2");
}

TEST(ApiDescription, GeneratedRecordsFollowFromTheSeed) {
  const std::string description = R"(
endpoints:
  notes:
    path: /notes
    records:
      generate:
        count: 200
        fields:
          id: {kind: sequence, start: 10, step: 2, prefix: "n-"}
          tag.uuid: {kind: uuid}
          tag.topic: {kind: choice, values: [a, 2, "3"]}
          changed: {kind: timestamp, start: "2024-01-01T00:00:00Z", step_seconds: 60, ties: 3}
          whole: {kind: timestamp, start: "2024-01-01T00:00:00Z", step_seconds: 0.5, format: iso-seconds}
          second: {kind: timestamp, start: "1970-01-01T00:01:00Z", format: epoch-seconds}
          words: {kind: text, words: 3}
          price: {kind: number, from: 1, to: 2, decimals: 2}
          open: {kind: boolean}
          source: {kind: constant, value: made-up}
          rare: {kind: constant, value: 1, missing_percent: 90}
    sort: {otherwise: second}
)";
  DescribedSource source;
  source.start(description);
  const Json notes = source.json("/notes");
  ASSERT_EQ(notes.size(), 200U);
  EXPECT_EQ(notes[1]["id"], "n-12");
  EXPECT_EQ(notes[0]["tag"]["uuid"].get<std::string>().size(), 36U);
  EXPECT_EQ(notes[2]["changed"], "2024-01-01T00:00:00.000Z");
  EXPECT_EQ(notes[3]["changed"], "2024-01-01T00:01:00.000Z");
  EXPECT_EQ(notes[3]["whole"], "2024-01-01T00:00:01Z");
  EXPECT_EQ(notes[0]["second"], 60);
  EXPECT_EQ(notes[0]["source"], "made-up");
  int rare = 0;
  for (const Json& note : notes) {
    EXPECT_TRUE(note["tag"]["topic"] == "a" || note["tag"]["topic"] == 2 || note["tag"]["topic"] == "3");
    EXPECT_TRUE(note["price"] >= 1 && note["price"] <= 2);
    EXPECT_TRUE(note["open"].is_boolean());
    rare += note.contains("rare") ? 1 : 0;
  }
  EXPECT_GT(rare, 5);
  EXPECT_LT(rare, 45);

  DescribedSource again;
  again.start(description);
  EXPECT_EQ(again.get("/notes").body, source.get("/notes").body);
}

TEST(ApiDescription, TheExampleIsRight) {
  auto started = ApiSimulator::start({.description = std::string(LAKEFLOW_SOURCE_DIR) + "/examples/simulator/orders.yaml"});
  ASSERT_TRUE(started) << started.error().message();
  httplib::Client client(fmt::format("http://127.0.0.1:{}", (*started)->port()));
  const auto get = [&](const std::string& target) { return Json::parse(client.Get(target, {{"Authorization", "Bearer made-up-token"}})->body); };
  const Json orders = get("/api/orders?updated_since=2024-05-01T00:45:00Z&sort=updated_at&limit=2");
  EXPECT_EQ(orders["data"].size(), 2U);
  EXPECT_EQ(orders["data"][0]["updated_at"], "2024-05-01T00:45:00.000Z");
  EXPECT_EQ(orders["meta"]["total"], 28) << "as docs/simulator.md says";
  EXPECT_EQ(get("/api/orders/o-1/items").size(), 2U);
  EXPECT_EQ(get("/api/orders/o-999/items")["error"]["status"], 404);
  EXPECT_EQ(get("/api/customers?country=DE")["total"], 2);
  EXPECT_TRUE(get("/api/orders/deleted").empty());
}

}  // namespace
}  // namespace lakeflow
