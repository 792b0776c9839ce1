#include "engine/decode/json_decoder.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <simdjson.h>

#include "base/buffer_pool.h"
#include "base/kill_point.h"
#include "engine/decode/array_finisher.h"
#include "engine/decode/column_plan.h"
#include "engine/decode/record_walker.h"

namespace lakeflow {
namespace {

// Arrow's 32-bit offsets. Text never grows by decoding, so records of at most this much fill no column further.
constexpr std::size_t kMostBytes = std::numeric_limits<std::int32_t>::max();

class JsonDecoder final : public Decoder {
 public:
  JsonDecoder(std::shared_ptr<arrow::Schema> schema, ColumnPlan plan) : schema_(std::move(schema)), plan_(std::move(plan)) {
    rescued_.kind = ColumnKind::kText;
    rescued_.type = arrow::utf8();
    rescued_.domain = &plan_.root->elements;
  }

  Result<DecodedRecords> decode(const RawRecords& raw) override {
    std::size_t bytes = 0;
    for (const RawRecord& record : raw.records) {
      bytes += record.bytes.size();
    }
    if (bytes > kMostBytes || raw.records.size() > kMostBytes) {
      return std::unexpected(
          Error::internal(fmt::format("the reader gave {} bytes in {} records at once: more than 2 GB", bytes, raw.records.size())));
    }
    try {
      auto decoded = decode_all(raw);
      reset();
      return decoded;
    } catch (const std::bad_alloc&) {
      reset();
      return std::unexpected(Error::internal(fmt::format("no memory left while decoding {} records of {} bytes", raw.records.size(), bytes),
                                             "set a smaller chunk size, or a lower memory limit of the destination"));
    }
  }

 private:
  DecodedRecords decode_all(const RawRecords& raw) {
    DecodedRecords decoded;
    DecodedTable table;
    table.records.reserve(raw.records.size());
    plan_.root->elements.expected = static_cast<std::uint32_t>(raw.records.size());
    std::uint32_t row = 0;
    for (std::uint32_t i = 0; i < raw.records.size(); ++i) {
      kill_point("decode.record");
      if (decode_one(raw.records[i].bytes, row)) {
        table.records.push_back(i);
        ++row;
      } else {
        decoded.rejects.push_back({i, outcome_.reason, outcome_.reason == kInvalidUtf8 ? std::string() : fmt::format("byte {}", outcome_.byte)});
      }
    }
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    const auto fields = static_cast<std::size_t>(schema_->num_fields());
    columns.reserve(fields);
    for (Column& column : std::span(plan_.root->children).first(fields)) {
      columns.push_back(finisher_.finish(column, row));
    }
    table.rows = arrow::RecordBatch::Make(schema_, row, std::move(columns));
    if (rescued_.capacity > 0) {
      table.rescued = std::make_shared<arrow::StringArray>(finisher_.finish(rescued_, row));
    }
    decoded.tables.push_back(std::move(table));
    return decoded;
  }

  bool decode_one(std::string_view record, std::uint32_t row) {
    if (!plan_.record_columns.empty()) {
      Column& column = *plan_.record_columns.front();
      column.ready(*pool_, row);
      column.reserve_data(*pool_, record.size());
      outcome_.copy = column.data + column.data_size;
    }
    bool good = walk_record(*pool_, *plan_.root, row, record, outcome_);
    if (good && outcome_.not_ascii && !simdjson::validate_utf8(record.data(), record.size())) {
      good = reject(kInvalidUtf8);
    }
    if (good && !outcome_.rescued.empty() && rescued_.data_size + outcome_.rescued.size() >= kMostRescued) {
      good = reject("rescued_too_large");
    }
    if (!good) {
      plan_.root->truncate_members(row);
      return false;
    }
    for (Column* column : plan_.record_columns) {
      append(*column, row, record);
    }
    if (!outcome_.rescued.empty()) {
      append(rescued_, row, outcome_.rescued.finish());
    }
    return true;
  }

  bool reject(const char* reason) {
    outcome_.reason = reason;
    return false;
  }

  void append(Column& column, std::uint32_t row, std::string_view text) {
    column.ready(*pool_, row);
    column.reserve_data(*pool_, text.size());
    std::memcpy(column.data + column.data_size, text.data(), text.size());
    column.data_size += text.size();
    column.append_end(row, column.data_size);
  }

  void reset() {
    plan_.root->reset_members();
    rescued_.reset();
  }

  static constexpr const char* kInvalidUtf8 = "invalid_utf8";

  std::shared_ptr<arrow::Schema> schema_;
  ColumnPlan plan_;
  std::shared_ptr<BufferPool> pool_ = BufferPool::make();
  ArrayFinisher finisher_{*pool_};
  Column rescued_;
  WalkOutcome outcome_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(std::shared_ptr<arrow::Schema> schema) {
  LAKEFLOW_ASSIGN(ColumnPlan plan, compile_columns(*schema));
  return std::make_unique<JsonDecoder>(std::move(schema), std::move(plan));
}

}  // namespace lakeflow
