#include "testing/destination/slice_text.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace lakeflow::testing {
namespace {

std::shared_ptr<arrow::Array> column_at(const arrow::RecordBatch& rows, std::string_view path) {
  std::size_t dot = path.find('.');
  std::shared_ptr<arrow::Array> column = rows.GetColumnByName(std::string(path.substr(0, dot)));
  while (dot != std::string_view::npos) {
    path.remove_prefix(dot + 1);
    dot = path.find('.');
    column = static_cast<const arrow::StructArray&>(*column).GetFieldByName(std::string(path.substr(0, dot)));
  }
  return column;
}

}  // namespace

std::string text_of(const Error& error) { return fmt::format("{}: {} / {}", error_kind_name(error.kind()), error.message(), error.next_step()); }

std::shared_ptr<arrow::RecordBatch> rows_of(const std::shared_ptr<arrow::Schema>& schema, std::string_view json) {
  const auto array = arrow::json::ArrayFromJSONString(arrow::struct_(schema->fields()), json).ValueOrDie();
  return arrow::RecordBatch::FromStructArray(array).ValueOrDie()->ReplaceSchemaMetadata(nullptr);
}

ChangeSlice slice_of(const ApplyPlan& plan, std::string_view json) {
  arrow::FieldVector fields = plan.schema->fields();
  fields.push_back(arrow::field("_delete", arrow::boolean()));
  const auto all = rows_of(arrow::schema(fields), json);
  const auto marks = std::static_pointer_cast<arrow::BooleanArray>(all->GetColumnByName("_delete"));
  ChangeSlice slice;
  slice.rows = all->RemoveColumn(all->num_columns() - 1).ValueOrDie()->ReplaceSchemaMetadata(nullptr);
  if (plan.history == HistoryMode::kVersions) {  // the last two columns are the destination's
    for (int i = 0; i < 2; ++i) slice.rows = slice.rows->RemoveColumn(slice.rows->num_columns() - 1).ValueOrDie();
  } else {
    slice.rows = arrow::RecordBatch::Make(plan.schema, slice.rows->num_rows(), slice.rows->columns());
  }
  if (plan.mode == ApplyMode::kAppend) return slice;
  arrow::FieldVector key_fields;
  arrow::ArrayVector key_columns;
  const auto add = [&](const std::string& name, std::shared_ptr<arrow::Array> column) {
    key_fields.push_back(arrow::field(name, column->type()));
    key_columns.push_back(std::move(column));
  };
  for (std::size_t i = 0; i < plan.key_columns.size(); ++i) add(fmt::format("key_{}", i), column_at(*slice.rows, plan.key_columns[i]));
  for (std::size_t i = 0; i < plan.sequence_columns.size(); ++i) add(fmt::format("sequence_{}", i), column_at(*slice.rows, plan.sequence_columns[i]));
  arrow::BooleanBuilder deletes;
  const auto append_all = [&]() -> arrow::Status {
    for (std::int64_t i = 0; i < marks->length(); ++i) ARROW_RETURN_NOT_OK(deletes.Append(marks->IsValid(i) && marks->Value(i)));
    return arrow::Status::OK();
  };
  if (const arrow::Status appended = append_all(); !appended.ok()) appended.Abort();
  add("delete", deletes.Finish().ValueOrDie());
  add("content_hash", slice.rows->GetColumnByName("_content_hash"));
  slice.keys = arrow::RecordBatch::Make(arrow::schema(key_fields), slice.rows->num_rows(), key_columns);
  return slice;
}

std::string query_text(Destination& destination, std::string_view sql) {
  const auto reader = destination.query(sql);
  if (!reader) return text_of(reader.error());
  std::string out;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status status = (*reader)->ReadNext(&batch); !status.ok()) return status.ToString();
    if (!batch) return out;
    for (std::int64_t row = 0; row < batch->num_rows(); ++row) {
      for (int column = 0; column < batch->num_columns(); ++column) {
        out += (column == 0 ? "" : " | ") + batch->column(column)->GetScalar(row).ValueOrDie()->ToString();
      }
      out += "\n";
    }
  }
}

std::string counts_text(const ApplyCounts& counts) {
  std::string out;
  const auto add = [&](std::uint64_t count, std::string_view name) {
    if (count > 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, name);
  };
  add(counts.inserted, "inserted");
  add(counts.updated, "updated");
  add(counts.unchanged - counts.already_gone, "unchanged");
  add(counts.already_gone, "already gone");
  add(counts.superseded, "superseded");
  add(counts.deleted, "deleted");
  add(counts.absent, "absent");
  return out.empty() ? "nothing" : out;
}

namespace {

std::string run_slices(Destination& destination, const ApplyPlan& plan, const std::vector<std::string_view>& slices, const bool* complete) {
  auto transaction = destination.begin();
  if (!transaction) return text_of(transaction.error());
  if (const auto prepared = (*transaction)->prepare_table(plan); !prepared) return text_of(prepared.error());
  std::string out;
  for (const std::string_view json : slices) {
    const Result<ApplyCounts> counts = (*transaction)->apply(plan, slice_of(plan, json));
    if (!counts) return text_of(counts.error());
    out += counts_text(*counts) + "\n";
  }
  if (complete != nullptr) {
    const Result<ApplyCounts> counts = (*transaction)->finish_snapshot(plan, *complete);
    if (!counts) return text_of(counts.error());
    out += counts_text(*counts) + "\n";
  }
  if (const Status committed = (*transaction)->commit(); !committed) return text_of(committed.error());
  return out;
}

}  // namespace

std::string apply_text(Destination& destination, const ApplyPlan& plan, const std::vector<std::string_view>& slices) {
  return run_slices(destination, plan, slices, nullptr);
}

std::string snapshot_text(Destination& destination, const ApplyPlan& plan, const std::vector<std::string_view>& slices, bool complete) {
  return run_slices(destination, plan, slices, &complete);
}

}  // namespace lakeflow::testing
