#include "testing/connector/table_reading.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/arrow_error.h"
#include "engine/ingest/decode_batch.h"
#include "engine/plan/column_path.h"
#include "engine/plan/content_hash.h"
#include "sources/interface/decoder.h"

namespace lakeflow {
namespace {

constexpr int kMostEmptyCalls = 2000;
constexpr int kMostReadsWithoutProgress = 20;
constexpr std::size_t kFirstRecords = 200;  // whose members are noted

// Of the rescued values of a row (decoder.h) the paths in declared columns, without their indexes, and the members that no column is for.
void note_rescued(const arrow::Schema& schema, std::string_view json, TableReading& reading) {
  const nlohmann::json values = nlohmann::json::parse(json, nullptr, false);
  if (!values.is_object()) {
    return;
  }
  std::set<std::string> misfits;
  std::set<std::string> unknown;
  for (const auto& [path, value] : values.items()) {
    std::string shape;
    bool in_index = false;
    for (const char c : path) {
      in_index = c == '[' || (in_index && c != ']');
      if (!in_index && c != ']') {
        shape += c;
      }
    }
    const std::string member = shape.substr(0, shape.find('.'));
    if (schema.GetFieldIndex(member) >= 0) {
      misfits.insert(shape);
    } else {
      unknown.insert(member);
    }
  }
  for (const std::string& path : misfits) {
    ++reading.misfits[path];
  }
  for (const std::string& member : unknown) {
    ++reading.unknown[member];
  }
}

void note_members(const RawRecord& record, TableReading& reading) {
  if (reading.records_looked_into == kFirstRecords) {
    return;
  }
  ++reading.records_looked_into;
  const nlohmann::json members = nlohmann::json::parse(record.bytes, nullptr, false);
  if (members.is_object()) {
    for (const auto& [name, value] : members.items()) {
      reading.sent.insert(name);
      if (!value.is_null()) {
        reading.sent_values.insert(name);
      }
    }
  }
}

// Turns what a connector's reader gives into rows.
class RowReader {
 public:
  static Result<RowReader> make(LakeflowConnect& connector, const TableUnderTest& table) {
    RowReader reader(*table.schema);
    for (const std::string& key : table.metadata.primary_keys) {
      LAKEFLOW_ASSIGN(ColumnPath path, ColumnPath::find(*table.schema, key));
      reader.keys_.push_back(std::move(path));
    }
    if (!table.metadata.cursor_field.empty()) {
      LAKEFLOW_ASSIGN(reader.cursor_, ColumnPath::find(*table.schema, table.metadata.cursor_field));
    }
    LAKEFLOW_ASSIGN(ContentHash hash, ContentHash::make(*table.schema));
    reader.hash_ = std::move(hash);
    LAKEFLOW_ASSIGN(reader.decoder_, make_pass_decoder(connector, "of the table", {&table.request, 1}, table.schema));
    return reader;
  }

  Status add(const RawRecords& raw, TableReading& reading) {
    reading.records += raw.records.size() + raw.broken.size();
    for (const BrokenRecord& broken : raw.broken) {
      ++reading.rejects[broken.reason];
    }
    for (const auto& [reason, count] : raw.filtered) {
      reading.filtered[reason] += count;
    }
    if (raw.records.empty()) {
      return {};
    }
    LAKEFLOW_ASSIGN(const DecodedRecords decoded, decoder_->decode(raw));
    for (const Reject& reject : decoded.rejects) {
      ++reading.rejects[reject.reason];
    }
    for (const auto& [reason, count] : decoded.filtered) {
      reading.filtered[reason] += count;
    }
    for (const DecodedTable& table : decoded.tables) {
      LAKEFLOW_TRY(add_rows(raw, table, reading));
    }
    return {};
  }

 private:
  explicit RowReader(const arrow::Schema& schema) : schema_(&schema) {}

  Status add_rows(const RawRecords& raw, const DecodedTable& table, TableReading& reading) {
    if (!table.rows->schema()->Equals(*schema_, false)) {
      return std::unexpected(Error::internal("the rows do not have the columns that get_table_schema declares"));
    }
    const std::vector<std::uint64_t> contents = hash_->hash(*table.rows, table.rescued.get());
    std::vector<std::shared_ptr<arrow::Array>> keys;
    for (const ColumnPath& key : keys_) {
      LAKEFLOW_ASSIGN(std::shared_ptr<arrow::Array> values, key.extract(*table.rows));
      keys.push_back(std::move(values));
    }
    std::shared_ptr<arrow::Array> cursor;
    if (cursor_) {
      LAKEFLOW_ASSIGN(cursor, cursor_->extract(*table.rows));
    }
    for (int column = 0; column < table.rows->num_columns(); ++column) {
      if (table.rows->column(column)->null_count() < table.rows->num_rows()) {
        reading.filled.insert(schema_->field(column)->name());
      }
    }
    note_times(*table.rows, reading.times);
    const auto time_type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    for (std::int64_t row = 0; row < table.rows->num_rows(); ++row) {
      ReadRow& read = reading.rows.emplace_back();
      note_members(raw.record(table.records[static_cast<std::size_t>(row)]), reading);
      read.content = contents[static_cast<std::size_t>(row)];
      read.deleted = raw.record(table.records[static_cast<std::size_t>(row)]).operation == Operation::kDelete;
      for (const auto& key : keys) {
        read.lacks_key |= key->IsNull(row);
        LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Scalar> value, from_arrow(key->GetScalar(row)));
        read.key += value->ToString() + kEndOfKey;
      }
      if (keys.empty()) {
        read.key = fmt::format("{:016x}", read.content);
      }
      if (cursor != nullptr) {
        read.lacks_sequence = cursor->IsNull(row);
        LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Scalar> value, from_arrow(cursor->GetScalar(row)));
        read.sequence = value->ToString();
        if (const auto* time = dynamic_cast<const arrow::TimestampScalar*>(value.get());
            time != nullptr && time->is_valid && cursor->type()->Equals(*time_type)) {
          read.time = time->value;
        }
      }
      if (table.rescued != nullptr && !table.rescued->IsNull(row)) {
        note_rescued(*schema_, table.rescued->GetView(row), reading);
      }
    }
    return {};
  }

  const arrow::Schema* schema_;
  std::vector<ColumnPath> keys_;
  std::optional<ColumnPath> cursor_;
  std::optional<ContentHash> hash_;
  std::unique_ptr<Decoder> decoder_;
};

std::size_t bytes_of(const RawRecords& raw) {
  std::size_t bytes = 0;
  for (const RawRecord& record : raw.records) {
    bytes += record.bytes.size();
  }
  return bytes;
}

void note_place(RecordReader& reader, TableReading& reading) {
  if (const std::optional<Offset> offset = reader.offset()) {
    StateDelta delta = reader.state_delta();
    reading.state.apply(delta);
    reading.deltas.push_back(std::move(delta));
    reading.places.push_back({reading.rows.size(), *offset, reading.deltas.size()});
  }
}

// One read, to its End. Kept apart from TableReading::end, as kLimit asks for another.
std::optional<End> read_once(RecordReader& reader, RowReader& rows, const ReadRequest& request, TableReading& reading) {
  for (int empty_calls = 0; empty_calls < kMostEmptyCalls;) {
    const auto began = std::chrono::steady_clock::now();
    Result<std::variant<RawRecords, End>> step = reader.next();
    reading.slowest_call = std::max(reading.slowest_call, std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    ++reading.calls;
    if (!step) {
      reading.error = std::move(step).error();
      // As an ingest does: what came before the error is committed with the place that the reader stands at.
      if (reading.rows.size() > (reading.places.empty() ? 0 : reading.places.back().rows)) {
        note_place(reader, reading);
      }
      return std::nullopt;
    }
    const End* const end = std::get_if<End>(&*step);
    if (end == nullptr) {
      const RawRecords& raw = std::get<RawRecords>(*step);
      empty_calls = raw.records.empty() && raw.broken.empty() && raw.filtered.empty() ? empty_calls + 1 : 0;
      reading.largest_batch = std::max(reading.largest_batch, bytes_of(raw));
      if (Status added = rows.add(raw, reading); !added) {
        reading.error = std::move(added).error();
        return std::nullopt;
      }
    }
    const bool is_committed = !request.commits_at_the_end || end != nullptr;
    if (is_committed) {
      note_place(reader, reading);
    }
    if (end != nullptr) {
      return *end;
    }
    if (request.record_limit != 0 && reading.records >= request.record_limit) {
      reading.cut = true;
      return std::nullopt;
    }
  }
  reading.endless = fmt::format("{} calls of next() in a row gave nothing", kMostEmptyCalls);
  return std::nullopt;
}

}  // namespace

Result<std::unique_ptr<RecordReader>> open_reader(LakeflowConnect& connector, const TableRequest& table, bool deletes, const Offset& offset,
                                                  const ReadContext& context) {
  if (deletes) {
    return connector.read_table_deletes(table.table_name, offset, table.table_options, context);
  }
  if (auto* shared = dynamic_cast<SharedPass*>(&connector); shared != nullptr && !shared->pass_group(table).empty()) {
    return shared->read_tables({&table, 1}, offset, context);
  }
  return connector.read_table(table.table_name, offset, table.table_options, context);
}

std::uint64_t TableReading::records_sent() const {
  return std::accumulate(filtered.begin(), filtered.end(), records, [](std::uint64_t sum, const auto& reason) { return sum + reason.second; });
}

KeyedState TableReading::state_at(const KeyedState& start, const ReadPlace& place) const {
  KeyedState then = start;
  for (std::size_t i = 0; i < place.deltas; ++i) {
    then.apply(deltas[i]);
  }
  return then;
}

TableReading read_table(LakeflowConnect& connector, const TableUnderTest& table, const ReadRequest& request) {
  TableReading reading;
  reading.state = request.state;
  Result<RowReader> rows = RowReader::make(connector, table);
  if (!rows) {
    reading.error = std::move(rows).error();
    return reading;
  }
  Offset offset = request.offset;
  for (int without_progress = 0; without_progress < kMostReadsWithoutProgress;) {
    // What a reader is given is what was committed before it: not what it hands out itself meanwhile.
    const KeyedState committed = reading.state;
    ReadContext context{.stop = request.stop, .deadline = request.deadline, .log = request.log, .state = &committed};
    context.batch_bytes = request.batch_bytes;
    context.standing_keys = request.standing_keys;
    Result<std::unique_ptr<RecordReader>> reader = open_reader(connector, table.request, request.deletes, offset, context);
    ++reading.reads;
    if (!reader) {
      reading.error = std::move(reader).error();
      return reading;
    }
    const std::optional<End> end = read_once(**reader, *rows, request, reading);
    if (!end || *end != End::kLimit) {
      reading.end = end;
      return reading;
    }
    const Offset next = reading.places.empty() ? offset : reading.places.back().offset;
    without_progress = next == offset ? without_progress + 1 : 0;
    offset = next;
    if (request.deadline) {
      return reading;  // has passed: each read would end at once
    }
  }
  reading.endless = "reads ended with kLimit again and again, at the same offset";
  return reading;
}

}  // namespace lakeflow
