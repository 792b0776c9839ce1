#include "tools/lakeflow/quarantined_records.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/base64.h>
#include <arrow/util/utf8.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/options.h"
#include "tools/builtin/builtin.h"
#include "tools/lakeflow/output/arrow_cells.h"
#include "tools/lakeflow/pipeline_session.h"
#include "tools/lakeflow/recorded_state.h"

namespace lakeflow {
namespace {

std::string bytes_of(const arrow::Array& column, std::int64_t row) {
  return std::string(static_cast<const arrow::BinaryArray&>(column).GetView(row));
}

bool is_utf8(const std::string& bytes) {
  arrow::util::InitializeUTF8();
  return arrow::util::ValidateUTF8(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::int64_t>(bytes.size()));
}

}  // namespace

std::vector<Parameter> quarantine_filter_parameters() {
  return {pipeline_parameter(),
          {.name = "table", .help = "Only of this source table, or of a pass that reads it"},
          {.name = "reason", .help = "Only of this reason"},
          {.name = "id", .help = "Only this one: its id, or the beginning of it", .form = Parameter::Form::kRepeatedOption}};
}

std::vector<Parameter> quarantine_parameters(std::string default_limit) {
  std::vector<Parameter> parameters = quarantine_filter_parameters();
  parameters.push_back({.name = "state",
                        .help = "Only in this state; replayed and corrected ones are done with",
                        .value = Parameter::Value::kChoice,
                        .default_value = std::string(kOpenState),
                        .choices = {std::string(kOpenState), "replayed", "corrected", "all"}});
  parameters.push_back(
      {.name = "limit", .help = "How many at most; 0 is all", .value = Parameter::Value::kCount, .default_value = std::move(default_limit)});
  return parameters;
}

QuarantineFilter quarantine_filter(const Arguments& arguments) {
  QuarantineFilter filter{.source_table = arguments.text("table"),
                          .reason = arguments.text("reason"),
                          .ids = arguments.list("id"),
                          .state = std::string(kOpenState),
                          .last_seen_before = {},
                          .most = static_cast<std::uint64_t>(arguments.count("limit"))};
  if (const std::optional<std::string> state = arguments.find("state")) {
    filter.state = *state == "all" ? std::string() : *state;
  }
  return filter;
}

Result<QuarantinedRecords> QuarantinedRecords::open(const Arguments& arguments, const Session& session, const QuarantineFilter& filter,
                                                    bool with_bytes) {
  LAKEFLOW_ASSIGN(const Pipeline pipeline, open_pipeline(arguments, session));
  QuarantinedRecords records;
  LAKEFLOW_ASSIGN(records.destination_, open_destination(pipeline, true));
  LAKEFLOW_TRY(require_recorded_state(*records.destination_));
  LAKEFLOW_ASSIGN(const bool has_states, quarantine_has_states(*records.destination_));
  const std::string sql = fmt::format(
      "SELECT left(id, {}) AS id, quarantined_at, source_table, reason, detail, origin, position, size, run_id, state, times_seen{} FROM ({}) ORDER "
      "BY "
      "quarantined_at DESC, origin, position, id{}",
      kShownIdCharacters, with_bytes ? ", bytes" : "", quarantine_records_sql(pipeline, filter, has_states),
      filter.most > 0 ? fmt::format(" LIMIT {}", filter.most) : "");
  LAKEFLOW_ASSIGN(records.reader_, records.destination_->query(sql));
  return records;
}

std::shared_ptr<arrow::Schema> QuarantinedRecords::schema() const { return reader_->schema(); }

Status QuarantinedRecords::for_each_batch(const std::function<bool(const arrow::RecordBatch&)>& visit) const {
  while (true) {  // ends with the reader
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = reader_->ReadNext(&batch); !status.ok()) {
      return std::unexpected(Error::destination("the quarantine could not be read: " + status.message()));
    }
    if (batch == nullptr || !visit(*batch)) {
      return {};
    }
  }
}

Status QuarantinedRecords::for_each(const std::function<Status(const QuarantineEntry&)>& visit) const {
  Status outcome;
  const auto visit_batch = [&](const arrow::RecordBatch& batch) {
    const auto cell = [&](const char* name, std::int64_t row) { return cell_text(*batch.GetColumnByName(name), row); };
    for (std::int64_t row = 0; row < batch.num_rows() && outcome; ++row) {
      outcome = visit({.id = cell("id", row),
                       .quarantined_at = cell("quarantined_at", row),
                       .source_table = cell("source_table", row),
                       .reason = cell("reason", row),
                       .detail = cell("detail", row),
                       .origin = cell("origin", row),
                       .position = cell("position", row),
                       .run_id = cell("run_id", row),
                       .state = cell("state", row),
                       .times_seen = cell("times_seen", row),
                       .bytes = bytes_of(*batch.GetColumnByName("bytes"), row)});
    }
    return outcome.has_value();
  };
  LAKEFLOW_TRY(for_each_batch(visit_batch));
  return outcome;
}

std::string to_json(const QuarantineEntry& entry) {
  nlohmann::ordered_json document = {{"id", entry.id},
                                     {"quarantined_at", entry.quarantined_at},
                                     {"source_table", entry.source_table},
                                     {"reason", entry.reason},
                                     {"detail", entry.detail},
                                     {"origin", entry.origin},
                                     {"position", entry.position},
                                     {"run_id", entry.run_id},
                                     {"state", entry.state},
                                     {"times_seen", parse_integer(entry.times_seen).value_or(1)}};
  if (is_utf8(entry.bytes)) {
    document["text"] = entry.bytes;
  } else {
    document["base64"] = arrow::util::base64_encode(entry.bytes);
  }
  return document.dump();
}

}  // namespace lakeflow
