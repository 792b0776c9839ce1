#include "tests/ingest/ingest_world.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "destinations/duckdb/duckdb_destination.h"
#include "destinations/interface/framework_columns.h"
#include "testing/apply/memory_destination.h"

namespace lakeflow::test {
namespace {

std::filesystem::path make_folder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lakeflow_ingest_XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    ADD_FAILURE() << "no temporary folder";
  }
  return pattern;
}

template <typename T>
T expect_value(Result<T> result, const std::string& what) {
  if (!result) {
    ADD_FAILURE() << what << ": " << result.error().message();
    std::abort();
  }
  return *std::move(result);
}

// The name of a list's values, which is nobody's business, as DuckDB has it.
std::string with_plain_lists(std::string text) {
  for (std::size_t at = text.find("list<item: "); at != std::string::npos; at = text.find("list<item: ", at)) {
    text.replace(at, std::string_view("list<item: ").size(), "list<l: ");
  }
  return text;
}

std::vector<std::string> read_lines(arrow::RecordBatchReader& reader) {
  std::vector<std::string> lines;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status read = reader.ReadNext(&batch);
    if (!read.ok()) {
      ADD_FAILURE() << read.ToString();
      return lines;
    }
    if (batch == nullptr) {
      break;
    }
    const std::size_t first = lines.size();
    lines.resize(first + static_cast<std::size_t>(batch->num_rows()));
    for (int column = 0; column < batch->num_columns(); ++column) {
      const std::string& name = batch->column_name(column);
      if (name == kIngestionTimestampColumn || name == kRunIdColumn) {
        continue;
      }
      for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
        std::string& line = lines[first + static_cast<std::size_t>(row)];
        line += (column == 0 ? "" : "|") + with_plain_lists(batch->column(column)->GetScalar(row).ValueOrDie()->ToString());
      }
    }
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace

IngestWorld::IngestWorld(DestinationKind kind, MemoryContent content, std::vector<MemoryTable> tables)
    : folder_(make_folder()), source_(std::make_shared<MemorySystem>(std::move(tables), content)) {
  if (kind == DestinationKind::kReferenceModel) {
    destination_ = make_memory_destination();
  } else {
    destination_ = expect_value(open_duckdb({.path = (folder_ / "clinic.duckdb").string(), .memory_limit = 0, .read_only = false}), "open_duckdb");
  }
}

IngestWorld::~IngestWorld() {
  source_->release();
  destination_.reset();
  std::filesystem::remove_all(folder_);
}

Pipeline IngestWorld::pipeline(const std::vector<std::string>& tables, std::string_view settings) const {
  std::string yaml = "name: clinic\nconnection: {connector: memory}\ndestination: {kind: duckdb, path: clinic.duckdb}\n";
  if (!settings.empty()) {
    yaml += "settings:\n";
    for (std::size_t begin = 0; begin < settings.size();) {
      const std::size_t end = std::min(settings.find('\n', begin), settings.size());
      yaml += fmt::format("  {}\n", settings.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  yaml += "objects:\n";
  for (const std::string& table : tables) {
    const std::size_t as = table.find(" as ");
    yaml += fmt::format("  - table: {{source_table: {}", table.substr(0, as));
    yaml += as == std::string::npos ? "}\n" : fmt::format(", destination_table: {}}}\n", table.substr(as + 4));
  }
  return expect_value(parse_pipeline(yaml, (folder_ / "clinic.yaml").string()), yaml);
}

RunReport IngestWorld::run(const std::vector<std::string>& tables, std::string_view settings, const std::function<void(IngestRequest&)>& change) {
  const Pipeline chosen = pipeline(tables, settings);
  const std::unique_ptr<LakeflowConnect> connector = expect_value(memory_connector(source_).make({}), "memory connector");
  IngestRequest request;
  request.pipeline = &chosen;
  request.connector = connector.get();
  request.destination = destination_.get();
  if (change) {
    change(request);
  }
  RunReport report = expect_value(ingest(request), "ingest");
  source_->release();  // the connector goes: no reader may be left in it
  return report;
}

std::vector<std::string> IngestWorld::rows(const std::string& table) const { return query(fmt::format(R"(SELECT * FROM "main"."{}")", table)); }

std::vector<std::string> IngestWorld::query(const std::string& sql) const { return read_lines(*expect_value(destination_->query(sql), sql)); }

std::string IngestWorld::offset(const std::string& table, std::string_view name) const {
  return expect_value(destination_->find_state({.pipeline = "clinic", .source_table = table, .destination_table = "main." + table}, name), table)
      .value_or("");
}

std::string difference(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  const auto [in_one, in_other] = std::ranges::mismatch(one, other);
  if (in_one == one.end() && in_other == other.end()) {
    return {};
  }
  return fmt::format("{} and {} rows; the first that differ: {} / {}", one.size(), other.size(), in_one == one.end() ? "none" : *in_one,
                     in_other == other.end() ? "none" : *in_other);
}

std::vector<std::string> all_tables() {
  std::vector<std::string> names;
  for (const MemoryTable& table : MemorySystem::all_kinds()) {
    names.push_back(table.name);
  }
  return names;
}

const TableReport& table_of(const RunReport& report, std::string_view source_table) {
  const auto table = std::ranges::find(report.tables, source_table, &TableReport::source_table);
  if (table == report.tables.end()) {
    ADD_FAILURE() << "no table " << source_table << " in the report";
    std::abort();
  }
  return *table;
}

}  // namespace lakeflow::test
