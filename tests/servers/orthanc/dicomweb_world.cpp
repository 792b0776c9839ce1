#include "tests/servers/orthanc/dicomweb_world.h"

#include <fstream>
#include <set>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include "destinations/duckdb/duckdb_destination.h"

namespace lakeflow {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kPatience{300};
constexpr std::array kTables = {"studies", "series", "instances"};

}  // namespace

void DicomwebWorld::SetUp() {
  if (!OrthancServer::installed()) {
    if (std::getenv("LAKEFLOW_REQUIRE_SERVERS") != nullptr) {
      FAIL() << "Orthanc is not there: run tools/setup-servers";
    }
    GTEST_SKIP() << "Orthanc is not installed: run tools/setup-servers";
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_dicomweb_XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
  auto files = dicom_files(5, 2, 2, 3);
  ASSERT_TRUE(files) << files.error().message();
  files_ = *std::move(files);
}

void DicomwebWorld::TearDown() {
  orthanc_.reset();
  std::error_code ignored;
  if (!folder_.empty()) {
    std::filesystem::remove_all(folder_, ignored);
  }
}

void DicomwebWorld::start(const OrthancServer::Settings& settings) {
  auto started = OrthancServer::start(settings);
  ASSERT_TRUE(started) << started.error().message() << "; " << started.error().next_step();
  orthanc_ = *std::move(started);
}

void DicomwebWorld::upload(const std::vector<std::filesystem::path>& files) {
  for (const std::filesystem::path& file : files) {
    ASSERT_NE(orthanc_->upload(file), "") << file;
  }
}

std::string DicomwebWorld::as_plain_dicomweb(const std::string& further) const {
  return fmt::format("base_url: \"{}\"{}{}", orthanc_->dicomweb_url(), further.empty() ? "" : ", ", further);
}

std::string DicomwebWorld::as_orthanc(const std::string& further) const {
  return fmt::format("{}, orthanc_url: \"{}\"", as_plain_dicomweb(further), orthanc_->url());
}

void DicomwebWorld::write_pipeline(const std::string& options, const std::string& table_configuration) {
  std::string objects;
  for (const char* const table : kTables) {
    objects += fmt::format("  - table: {{source_table: {}, table_configuration: {{{}}}}}\n", table, table_configuration);
  }
  std::ofstream(folder_ / "pacs.yaml") << fmt::format(
      "name: pacs\n"
      "connection: {{connector: dicomweb, options: {{{}}}}}\n"
      "destination: {{kind: duckdb, path: pacs.duckdb}}\n"
      "settings: {{interval: 100ms}}\n"
      "objects:\n{}",
      options, objects);
}

std::unique_ptr<Process> DicomwebWorld::command(const std::string& words) {
  return std::make_unique<Process>(fmt::format("exec '{}' {}", LAKEFLOW_COMMAND, words), folder_, std::map<std::string, std::string>{},
                                   folder_ / "command");
}

std::string DicomwebWorld::run(const std::string& words, int exit_code) {
  const std::unique_ptr<Process> process = command(words);
  EXPECT_EQ(process->wait(kPatience), exit_code) << words << "\n" << process->output() << process->messages();
  return process->output() + process->messages();
}

std::vector<Row> DicomwebWorld::query(const std::string& sql) {
  std::vector<Row> rows;
  auto destination = open_duckdb({.path = (folder_ / "pacs.duckdb").string(), .read_only = true});
  auto reader = destination ? (*destination)->query(sql) : std::unexpected(destination.error());
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

std::string DicomwebWorld::value(const std::string& sql) {
  const std::vector<Row> rows = query(sql);
  return rows.size() == 1 && rows[0].size() == 1 ? rows[0][0] : fmt::format("{} rows", rows.size());
}

std::string DicomwebWorld::counts() {
  return value(
      "SELECT 'studies=' || (SELECT count(*) FROM main.studies) || ' series=' || (SELECT count(*) FROM main.series) || ' instances=' || "
      "(SELECT count(*) FROM main.instances)");
}

std::size_t DicomwebWorld::expect_tables_as_searched() {
  std::size_t compared = 0;
  for (const char* const table : kTables) {
    SCOPED_TRACE(table);
    // As the connector asks; what an include field adds is not in question here.
    std::multiset<std::string> served;
    const Json records = orthanc_->get(fmt::format("/dicom-web/{}?includefield=00081030", table));
    for (const Json& record : records) {
      served.insert(fmt::format("{}{}{}{}{}{}", record["0020000D"]["Value"].dump(), record.value("0020000E", Json())["Value"].dump(),
                                record.value("00080018", Json())["Value"].dump(), record.value("00100020", Json())["Value"].dump(),
                                record.value("00201208", Json())["Value"].dump(), record.value("00201209", Json())["Value"].dump()));
    }
    std::multiset<std::string> held;
    for (const Row& row : query(fmt::format("SELECT dicom_json FROM main.{}", table))) {
      const Json record = Json::parse(row[0], nullptr, false);
      held.insert(fmt::format("{}{}{}{}{}{}", record["0020000D"]["Value"].dump(), record.value("0020000E", Json())["Value"].dump(),
                              record.value("00080018", Json())["Value"].dump(), record.value("00100020", Json())["Value"].dump(),
                              record.value("00201208", Json())["Value"].dump(), record.value("00201209", Json())["Value"].dump()));
    }
    EXPECT_EQ(held, served);
    compared += served.size();
  }
  return compared;
}

}  // namespace lakeflow
