// From a real FHIR server through the whole engine into DuckDB.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engine/ingest/ingest.h"
#include "engine/pipeline/connection.h"
#include "engine/pipeline/pipeline.h"
#include "tests/servers/example_resources.h"
#include "tests/servers/hapi_fixture.h"
#include "tools/builtin/builtin.h"

namespace lakeflow {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> kTypes{"Patient", "Encounter", "Observation", "Condition", "MedicationRequest"};

// What a table must hold: by id, as sent.
using Resources = std::map<std::string, Json>;

// One row of a query: the values as text, "null" for none.
using Row = std::vector<std::string>;

class HapiIngest : public HapiTest {
 protected:
  void SetUp() override {
    HapiTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_hapi_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::string objects;
    for (const std::string& type : kTypes) {
      objects += fmt::format("  - table: {{source_table: {}}}\n", type);
    }
    // A page holds far less than share one lastUpdated.
    auto pipeline = parse_pipeline(fmt::format("name: hapi\n"
                                               "connection:\n"
                                               "  connector: healthcare\n"
                                               "  options: {{fhir_base_url: \"{}\", page_size: 17}}\n"
                                               "destination: {{kind: duckdb, path: \"{}/hapi.duckdb\"}}\n"
                                               "objects:\n{}",
                                               hapi_url(), folder_.string(), objects),
                                   "hapi.yaml");
    ASSERT_TRUE(pipeline) << pipeline.error().message();
    auto checked = check_options(*std::move(pipeline), connectors_);
    ASSERT_TRUE(checked) << checked.error().message();
    pipeline_ = *std::move(checked);
    auto destination = open_destination(pipeline_, false);
    ASSERT_TRUE(destination) << destination.error().message();
    destination_ = *std::move(destination);
  }

  void TearDown() override {
    destination_.reset();
    std::error_code ignored;
    if (!folder_.empty()) {
      std::filesystem::remove_all(folder_, ignored);
    }
  }

  // As one run of the command: with a connector of its own.
  RunReport run(std::vector<std::string> only_tables = {}) {
    auto connector = open_connection(pipeline_, connectors_, SecretStore());
    EXPECT_TRUE(connector) << connector.error().message();
    IngestRequest request;
    request.pipeline = &pipeline_;
    request.connector = connector->get();
    request.destination = destination_.get();
    request.only_tables = std::move(only_tables);
    auto report = ingest(request);
    EXPECT_TRUE(report) << report.error().message();
    for (const std::string& line : summary_lines(*report)) {
      std::fprintf(stderr, "%s\n", line.c_str());
    }
    EXPECT_EQ(report->exit_code(), 0);
    return *std::move(report);
  }

  static ApplyCounts counts_of(const RunReport& report, std::string_view type) {
    for (const TableReport& table : report.tables) {
      if (table.source_table == type) {
        return table.counts;
      }
    }
    ADD_FAILURE() << type << " is not in the report";
    return {};
  }

  std::vector<Row> query(const std::string& sql) {
    std::vector<Row> rows;
    auto reader = destination_->query(sql);
    if (!reader) {
      ADD_FAILURE() << reader.error().message();
      return rows;
    }
    for (std::shared_ptr<arrow::RecordBatch> batch; (*reader)->ReadNext(&batch).ok() && batch != nullptr;) {
      for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
        Row& values = rows.emplace_back();
        for (int column = 0; column < batch->num_columns(); ++column) {
          values.push_back(batch->column(column)->GetScalar(row).ValueOrDie()->ToString());
        }
      }
    }
    return rows;
  }

  // Every table has exactly these resources, as the server gives them now.
  void expect_tables_hold(const std::map<std::string, Resources>& sent) {
    for (const auto& [type, resources] : sent) {
      SCOPED_TRACE(type);
      const auto rows = query(fmt::format("SELECT id, raw_json FROM main.\"{}\" ORDER BY id", type));
      ASSERT_EQ(rows.size(), resources.size());
      auto resource = resources.begin();
      for (const Row& row : rows) {
        EXPECT_EQ(row[0], resource->first);
        EXPECT_EQ(Json::parse(row[1], nullptr, false), hapi().get(type + "/" + row[0]).json()) << row[0];
        ++resource;
      }
    }
  }

  std::filesystem::path folder_;
  ConnectorRegistry connectors_ = builtin_connectors();
  Pipeline pipeline_;
  std::unique_ptr<Destination> destination_;
};

std::string text_or_null(const Json& value) { return value.is_null() ? "null" : value.get<std::string>(); }

// The official examples, and copies of some.
std::vector<Json> resources_to_send() {
  std::vector<Json> resources;
  for (const std::string& type : kTypes) {
    for (Json& resource : example_resources(type)) {
      if (resource["resourceType"] == type) {
        resources.push_back(std::move(resource));
      }
    }
  }
  // More of the same, so that one transaction is many pages long.
  const std::size_t examples = resources.size();
  for (std::size_t i = 0; resources.size() < 250; i = (i + 1) % examples) {
    Json copy = resources[i];
    if (copy["resourceType"] == "Observation") {
      copy["id"] = fmt::format("copy-{}", resources.size());
      resources.push_back(std::move(copy));
    }
  }
  return resources;
}

TEST_F(HapiIngest, BringsAllOfALongTieAndThenJustWhatChanged) {
  const std::vector<Json> resources = resources_to_send();
  std::map<std::string, Resources> sent;
  for (const Json& resource : resources) {
    sent[resource["resourceType"]][resource["id"]] = resource;
  }
  const auto loaded = hapi().post("", transaction_of(resources));
  ASSERT_EQ(loaded.status, 200) << loaded.text;

  const RunReport first = run();
  EXPECT_EQ(first.rows(), resources.size());
  ASSERT_THAT(query("SELECT DISTINCT meta.\"lastUpdated\" FROM main.\"Observation\""), SizeIs(1)) << "the trap: one time for all";
  expect_tables_hold(sent);
  for (const Row& row : query("SELECT id, gender, \"birthDate\", name[1].family FROM main.\"Patient\"")) {
    const Json& patient = sent["Patient"][row[0]];
    EXPECT_EQ(row[1], text_or_null(patient.value("gender", Json())));
    EXPECT_EQ(row[2], text_or_null(patient.value("birthDate", Json())));
    EXPECT_EQ(row[3], text_or_null(patient.contains("name") ? patient["name"][0].value("family", Json()) : Json()));
  }

  const RunReport nothing = run();
  EXPECT_EQ(nothing.rows(), 0U) << "nothing has changed";

  // Some change, one comes, one goes.
  for (const std::string id : {"example", "f001", "f201"}) {
    Json patient = sent["Patient"].at(id);
    patient["active"] = !patient.value("active", true);
    ASSERT_EQ(hapi().put("Patient/" + id, patient.dump()).status, 200);
  }
  ASSERT_EQ(hapi().put("Condition/new", R"({"resourceType":"Condition","id":"new","subject":{"reference":"Patient/example"}})").status, 201);
  const std::string deleted = sent["MedicationRequest"].begin()->first;
  ASSERT_EQ(hapi().remove("MedicationRequest/" + deleted).status / 100, 2);

  const RunReport second = run();
  EXPECT_EQ(second.rows(), 5U);
  EXPECT_EQ(counts_of(second, "Patient"), (ApplyCounts{.updated = 3}));
  EXPECT_EQ(counts_of(second, "Condition"), (ApplyCounts{.inserted = 1}));
  EXPECT_EQ(counts_of(second, "MedicationRequest"), (ApplyCounts{.deleted = 1}));
  sent["Condition"]["new"] = Json();
  for (const std::string type : {"Patient", "Condition"}) {
    expect_tables_hold({{type, sent[type]}});
  }
  EXPECT_THAT(query(fmt::format("SELECT 1 FROM main.\"MedicationRequest\" WHERE id = '{}'", deleted)), IsEmpty());
  EXPECT_THAT(query("SELECT * FROM _lakeflow.quarantine"), IsEmpty());
}

TEST_F(HapiIngest, DeletesByHistoryAndKeepsWhoComesBack) {
  const auto encounter = [](const std::string& id, const std::string& status) {
    return Json{{"resourceType", "Encounter"}, {"id", id}, {"status", status}, {"class", {{"code", "AMB"}}}}.dump();
  };
  for (const std::string id : {"goes", "returns", "twice", "stays"}) {
    ASSERT_EQ(hapi().put("Encounter/" + id, encounter(id, "planned")).status, 201);
  }
  run({"Encounter"});

  // HAPI's deletions have no time and no resource.
  for (const std::string id : {"goes", "returns", "twice"}) {
    ASSERT_EQ(hapi().remove("Encounter/" + id).status / 100, 2);
  }
  ASSERT_EQ(hapi().put("Encounter/returns", encounter("returns", "arrived")).status / 100, 2);
  ASSERT_EQ(hapi().put("Encounter/twice", encounter("twice", "arrived")).status / 100, 2);
  ASSERT_EQ(hapi().remove("Encounter/twice").status / 100, 2);
  const RunReport report = run({"Encounter"});
  const std::string all = "SELECT id, status FROM main.\"Encounter\" WHERE id IN ('goes', 'returns', 'twice', 'stays') ORDER BY id";
  EXPECT_EQ(query(all), (std::vector<Row>{{"returns", "arrived"}, {"stays", "planned"}}));
  EXPECT_EQ(query("SELECT decode(value) LIKE '%\"found\":\"history\"%' FROM _lakeflow.state WHERE source_table = 'Encounter' AND name = 'offset'"),
            (std::vector<Row>{{"true"}}));

  // The look-back meets the same deletions again, and nothing comes of it.
  EXPECT_EQ(run({"Encounter"}).rows(), 0U);
  ASSERT_EQ(hapi().put("Encounter/goes", encounter("goes", "finished")).status / 100, 2);
  run({"Encounter"});
  EXPECT_EQ(query(all), (std::vector<Row>{{"goes", "finished"}, {"returns", "arrived"}, {"stays", "planned"}}));
}

// A reader that came by while a transaction was open.
struct Visit {
  std::string passed;      // the lastUpdated of a write that it found
  std::string late_found;  // how many of the transaction's resources
};

TEST_F(HapiIngest, CatchesALateCommit) {
  // A long transaction is stamped when it begins, and seen when it ends. Meanwhile others write, and a reader passes its time. How
  // long is long depends on the machine: where the transaction ends before the reader comes by, a longer one is sent.
  constexpr int kShortest = 150;
  constexpr int kLongest = 12'150;
  pipeline_.connection_options.set("page_size", "1000");  // a reader faster than the writer
  run({"Encounter"});
  bool was_late = false;
  for (int size = kShortest; !was_late && size <= kLongest; size *= 3) {
    SCOPED_TRACE(fmt::format("a transaction of {}", size));
    const auto encounter = [](const std::string& id) {
      return Json{{"resourceType", "Encounter"}, {"id", id}, {"status", "finished"}, {"class", {{"code", "AMB"}}}};
    };
    std::vector<Json> late;
    for (int i = 0; i < size; ++i) {
      late.push_back(encounter(fmt::format("late-{}-{}", size, i)));
    }
    const std::string count_late = fmt::format("SELECT count(*) FROM main.\"Encounter\" WHERE id LIKE 'late-{}-%'", size);
    const std::string transaction = transaction_of(late);
    std::atomic<int> status = -1;
    std::jthread writer([&] { status = FhirClient(hapi_url()).post("", transaction).status; });

    std::vector<Visit> visits;
    while (status == -1) {  // until the transaction has ended
      const std::string id = fmt::format("passing-{}-{}", size, visits.size());
      const auto written = hapi().put("Encounter/" + id, encounter(id).dump());
      ASSERT_EQ(written.status, 201) << written.text;
      run({"Encounter"});
      visits.push_back({.passed = written.json()["meta"]["lastUpdated"], .late_found = query(count_late).at(0).at(0)});
    }
    ASSERT_EQ(status, 200);
    const std::string stamp = hapi().get(fmt::format("Encounter/late-{}-0", size)).json()["meta"]["lastUpdated"];
    const auto passed_by =
        std::ranges::find_if(visits.rbegin(), visits.rend(), [&](const Visit& visit) { return visit.late_found == "0" && visit.passed > stamp; });
    was_late = passed_by != visits.rend();
    if (was_late) {
      const std::string ends = fmt::format("late-{0}-0,late-{0}-{1}", size, size - 1);
      EXPECT_THAT(hapi().all_ids("Encounter?_id=" + ends + "&_lastUpdated=gt" + passed_by->passed), IsEmpty())
          << "who asks from where he was finds none";
    }

    run({"Encounter"});
    EXPECT_EQ(query(count_late), (std::vector<Row>{{std::to_string(size)}}));
  }
  ASSERT_TRUE(was_late) << "each transaction ended before the reader came by: no late commit was seen";
}

}  // namespace
}  // namespace lakeflow
