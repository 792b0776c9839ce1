#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "destinations/interface/destination.h"
#include "engine/quarantine/quarantine_query.h"
#include "tools/lakeflow/command.h"

namespace arrow {
class RecordBatch;
class RecordBatchReader;
class Schema;
}  // namespace arrow

namespace lakeflow {

// A record in quarantine, with its bytes.
struct QuarantineEntry {
  std::string id;
  std::string quarantined_at;
  std::string source_table;
  std::string reason;
  std::string detail;
  std::string origin;
  std::string position;
  std::string run_id;
  std::string state;
  std::string times_seen;
  std::string bytes;
};

// The pipeline, and which of its records: --table, --reason and --id.
std::vector<Parameter> quarantine_filter_parameters();
// The same with --state and --limit.
std::vector<Parameter> quarantine_parameters(std::string default_limit);
// What they say.
QuarantineFilter quarantine_filter(const Arguments& arguments);

// The quarantined records that a command asks for, lazily.
class QuarantinedRecords {
 public:
  static Result<QuarantinedRecords> open(const Arguments& arguments, const Session& session, const QuarantineFilter& filter, bool with_bytes);

  std::shared_ptr<arrow::Schema> schema() const;
  // `visit` returns false to end early.
  Status for_each_batch(const std::function<bool(const arrow::RecordBatch&)>& visit) const;
  // Opened with bytes.
  Status for_each(const std::function<Status(const QuarantineEntry&)>& visit) const;

 private:
  std::unique_ptr<Destination> destination_;  // outlives the reader
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

// One JSON object: {"id", …, "text"} where the bytes are UTF-8, {"id", …, "base64"} where not.
std::string to_json(const QuarantineEntry& entry);

}  // namespace lakeflow
