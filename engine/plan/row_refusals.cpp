#include "engine/plan/row_refusals.h"

#include <cmath>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/arrow_error.h"

namespace lakeflow {

Result<RowRefusals> RowRefusals::find(const DecodedTable& decoded, const RawRecords& raw, ApplyMode mode, const std::vector<ColumnPath>& keys,
                                      const std::vector<ColumnPath>& sequences) {
  RowRefusals refusals(decoded.rows->num_rows());
  if (mode != ApplyMode::kChanges) {
    for (std::size_t row = 0; row < decoded.records.size(); ++row) {
      if (raw.record(decoded.records[row]).operation == Operation::kDelete) {
        refusals.add(static_cast<std::int64_t>(row), "unexpected_delete", "");
      }
    }
  }
  for (const ColumnPath& key : keys) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> values, key.extract(*decoded.rows));
    refusals.add_nulls(*values, "missing_key", key.text());
  }
  for (const ColumnPath& sequence : sequences) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Array> values, sequence.extract(*decoded.rows));
    refusals.add_null_upserts(*values, decoded, raw, sequence.text());
    if (values->type_id() == arrow::Type::DOUBLE) refusals.add_not_a_number<arrow::DoubleArray>(*values, sequence.text());
    if (values->type_id() == arrow::Type::FLOAT) refusals.add_not_a_number<arrow::FloatArray>(*values, sequence.text());
  }
  return refusals;
}

void RowRefusals::add(std::int64_t row, std::string_view reason, std::string_view column) {
  if (why_.empty()) {
    why_.resize(rows_);
  }
  Why& why = why_[static_cast<std::size_t>(row)];
  if (why.reason.empty()) {
    why = {reason, column};
    ++count_;
  }
}

void RowRefusals::add_nulls(const arrow::Array& values, std::string_view reason, std::string_view column) {
  if (values.null_count() == 0) {
    return;
  }
  for (std::int64_t row = 0; row < values.length(); ++row) {
    if (values.IsNull(row)) add(row, reason, column);
  }
}

void RowRefusals::add_null_upserts(const arrow::Array& values, const DecodedTable& decoded, const RawRecords& raw, std::string_view column) {
  if (values.null_count() == 0) {
    return;
  }
  for (std::int64_t row = 0; row < values.length(); ++row) {
    const RawRecord& record = raw.record(decoded.records[static_cast<std::size_t>(row)]);
    if (values.IsNull(row) && record.operation != Operation::kDelete) add(row, "missing_sequence", column);
  }
}

// What is not a number has no place in an order.
template <typename FloatArray>
void RowRefusals::add_not_a_number(const arrow::Array& values, std::string_view column) {
  const auto& numbers = static_cast<const FloatArray&>(values);
  for (std::int64_t row = 0; row < numbers.length(); ++row) {
    if (numbers.IsValid(row) && std::isnan(numbers.Value(row))) add(row, "missing_sequence", column);
  }
}

std::vector<Reject> RowRefusals::rejects(std::span<const std::uint32_t> records) const {
  std::vector<Reject> rejects;
  rejects.reserve(count_);
  for (std::size_t row = 0; row < why_.size(); ++row) {
    if (!why_[row].reason.empty()) {
      rejects.push_back({.record = records[row],
                         .reason = std::string(why_[row].reason),
                         .detail = why_[row].column.empty() ? "" : fmt::format("column {}", why_[row].column)});
    }
  }
  return rejects;
}

Result<DecodedTable> RowRefusals::take_others(const DecodedTable& decoded) const {
  if (empty()) {
    return decoded;
  }
  std::vector<std::int64_t> others;
  others.reserve(rows_ - count_);
  DecodedTable taken;
  taken.records.reserve(rows_ - count_);
  for (std::size_t row = 0; row < rows_; ++row) {
    if (why_[row].reason.empty()) {
      others.push_back(static_cast<std::int64_t>(row));
      taken.records.push_back(decoded.records[row]);
    }
  }
  const arrow::Int64Array indices(std::ssize(others), arrow::Buffer::Wrap(others));
  const auto options = arrow::compute::TakeOptions::NoBoundsCheck();
  LAKEFLOW_ASSIGN(const arrow::Datum rows, from_arrow(arrow::compute::Take(decoded.rows, indices.data(), options)));
  taken.rows = rows.record_batch();
  if (decoded.rescued) {
    LAKEFLOW_ASSIGN(const arrow::Datum rescued, from_arrow(arrow::compute::Take(decoded.rescued->data(), indices.data(), options)));
    taken.rescued = std::static_pointer_cast<arrow::StringArray>(rescued.make_array());
  }
  return taken;
}

}  // namespace lakeflow
