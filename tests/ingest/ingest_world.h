#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "destinations/interface/destination.h"
#include "engine/ingest/ingest.h"
#include "engine/pipeline/pipeline.h"
#include "testing/memory_source/memory_connector.h"

namespace lakeflow::test {

enum class DestinationKind { kDuckDb, kReferenceModel };

// A source system, a destination and runs between them. Fails the test where something can't be had.
class IngestWorld {
 public:
  explicit IngestWorld(DestinationKind kind = DestinationKind::kDuckDb, MemoryContent content = {},
                       std::vector<MemoryTable> tables = MemorySystem::all_kinds());
  ~IngestWorld();
  IngestWorld(const IngestWorld&) = delete;
  IngestWorld& operator=(const IngestWorld&) = delete;

  MemorySystem& source() { return *source_; }
  std::shared_ptr<MemorySystem> source_ptr() const { return source_; }
  Destination& destination() { return *destination_; }
  const std::filesystem::path& folder() const { return folder_; }

  // Runs the pipeline `clinic` of these source tables ("patients", or "patients as people": another destination table);
  // the settings are lines of YAML.
  RunReport run(const std::vector<std::string>& tables, std::string_view settings = {}, const std::function<void(IngestRequest&)>& change = {});
  Pipeline pipeline(const std::vector<std::string>& tables, std::string_view settings = {}) const;

  // Puts something between the engine and the destination.
  void wrap_destination(const std::function<std::unique_ptr<Destination>(std::unique_ptr<Destination>)>& wrap) {
    destination_ = wrap(std::move(destination_));
  }

  // The table's rows but for _ingestion_timestamp and _run_id, a line each, sorted.
  std::vector<std::string> rows(const std::string& table) const;
  // The result of a query, likewise; DuckDB only.
  std::vector<std::string> query(const std::string& sql) const;
  std::string offset(const std::string& table, std::string_view name = "offset") const;

 private:
  const std::filesystem::path folder_;
  std::shared_ptr<MemorySystem> source_;
  std::unique_ptr<Destination> destination_;
};

// Where two lists of rows differ first; empty where they are the same.
std::string difference(const std::vector<std::string>& one, const std::vector<std::string>& other);

// The names of the tables of MemorySystem::all_kinds().
std::vector<std::string> all_tables();

const TableReport& table_of(const RunReport& report, std::string_view source_table);

}  // namespace lakeflow::test
