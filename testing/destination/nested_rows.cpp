#include "testing/destination/nested_rows.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <map>
#include <random>
#include <set>

#include "testing/destination/slice_text.h"

namespace lakeflow::testing {
namespace {

using Random = std::mt19937;

int below(Random& random, int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); }

std::shared_ptr<arrow::DataType> any_type(Random& random, int depth) {
  const int kind = below(random, depth > 0 ? 10 : 6);
  switch (kind) {
    case 0: return arrow::utf8();
    case 1: return arrow::int64();
    case 2: return arrow::float64();
    case 3: return arrow::boolean();
    case 4: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case 5: return arrow::decimal128(20, 4);
    case 6:
    case 7: return arrow::list(any_type(random, depth - 1));
    default: {
      arrow::FieldVector fields;
      const int members = 1 + below(random, 4);
      for (int i = 0; i < members; ++i) fields.push_back(arrow::field(fmt::format("m{}", i), any_type(random, depth - 1)));
      return arrow::struct_(std::move(fields));
    }
  }
}

arrow::Status append_value(arrow::ArrayBuilder& builder, Random& random) {
  if (below(random, 6) == 0) return builder.AppendNull();
  const std::int64_t number = below(random, 1'000'000);
  switch (builder.type()->id()) {
    case arrow::Type::STRING:
      return static_cast<arrow::StringBuilder&>(builder).Append(fmt::format("text {}{}", number, number % 2 == 0 ? " that is long" : ""));
    case arrow::Type::INT64: return static_cast<arrow::Int64Builder&>(builder).Append(number);
    case arrow::Type::DOUBLE: return static_cast<arrow::DoubleBuilder&>(builder).Append(static_cast<double>(number) / 8);
    case arrow::Type::BOOL: return static_cast<arrow::BooleanBuilder&>(builder).Append(number % 2 == 0);
    case arrow::Type::TIMESTAMP: return static_cast<arrow::TimestampBuilder&>(builder).Append(number * 1'000'003);
    case arrow::Type::DECIMAL128: return static_cast<arrow::Decimal128Builder&>(builder).Append(arrow::Decimal128(number));
    case arrow::Type::LIST: {
      auto& lists = static_cast<arrow::ListBuilder&>(builder);
      ARROW_RETURN_NOT_OK(lists.Append());
      for (int left = below(random, 4); left > 0; --left) ARROW_RETURN_NOT_OK(append_value(*lists.value_builder(), random));
      return arrow::Status::OK();
    }
    case arrow::Type::STRUCT: {
      auto& structs = static_cast<arrow::StructBuilder&>(builder);
      ARROW_RETURN_NOT_OK(structs.Append());
      for (int i = 0; i < structs.num_fields(); ++i) ARROW_RETURN_NOT_OK(append_value(*structs.field_builder(i), random));
      return arrow::Status::OK();
    }
    default: return arrow::Status::NotImplemented(builder.type()->ToString());
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> column_of(const arrow::Field& field, std::int64_t count, Random& random) {
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<arrow::ArrayBuilder> builder, arrow::MakeBuilder(field.type()));
  for (std::int64_t row = 0; row < count; ++row) {
    ARROW_RETURN_NOT_OK(field.name() == "id" ? static_cast<arrow::Int64Builder&>(*builder).Append(row) : append_value(*builder, random));
  }
  return builder->Finish();
}

std::string text_of_value(const arrow::Array& values, std::int64_t at) {
  if (values.IsNull(at)) return "null";
  std::string text;
  if (values.type_id() == arrow::Type::STRUCT) {
    const auto& structs = static_cast<const arrow::StructArray&>(values);
    for (int i = 0; i < structs.num_fields(); ++i) {
      text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", structs.struct_type()->field(i)->name(), text_of_value(*structs.field(i), at));
    }
    return "{" + text + "}";
  }
  if (values.type_id() == arrow::Type::LIST) {
    const auto& lists = static_cast<const arrow::ListArray&>(values);
    for (std::int64_t i = lists.value_offset(at); i < lists.value_offset(at + 1); ++i) {
      text += (text.empty() ? "" : ", ") + text_of_value(*lists.values(), i);
    }
    return "[" + text + "]";
  }
  return values.GetScalar(at).ValueOrDie()->ToString();
}

// Each row as text, by its column `id`; types and the names of lists' elements are left out.
using Texts = std::map<std::int64_t, std::string>;

void add_rows(const arrow::RecordBatch& rows, Texts& texts) {
  const auto& ids = static_cast<const arrow::Int64Array&>(*rows.GetColumnByName("id"));
  for (std::int64_t row = 0; row < rows.num_rows(); ++row) {
    std::string& text = texts[ids.Value(row)];
    for (int i = 0; i < rows.num_columns(); ++i) text += fmt::format("{}={}; ", rows.schema()->field(i)->name(), text_of_value(*rows.column(i), row));
  }
}

std::string text_at(const Texts& texts, std::int64_t id) {
  const auto found = texts.find(id);
  return found == texts.end() ? "none" : found->second;
}

}  // namespace

std::shared_ptr<arrow::DataType> nested_type(std::uint32_t seed, int depth) {
  Random random(seed);
  std::shared_ptr<arrow::DataType> inner = any_type(random, depth - 2);
  const auto around = arrow::struct_({arrow::field("value", any_type(random, depth - 2)), arrow::field("inner", std::move(inner))});
  return arrow::struct_({arrow::field("around", around), arrow::field("beside", any_type(random, depth - 1))});
}

std::shared_ptr<arrow::RecordBatch> nested_rows(const std::shared_ptr<arrow::Schema>& schema, std::int64_t count, std::uint32_t seed) {
  Random random(seed);
  arrow::ArrayVector columns;
  for (const auto& field : schema->fields()) columns.push_back(column_of(*field, count, random).ValueOrDie());
  return arrow::RecordBatch::Make(schema, count, std::move(columns));
}

std::string difference(Destination& destination, const std::string& sql, const arrow::RecordBatch& rows) {
  Texts expected;
  add_rows(rows, expected);
  Texts found;
  const auto reader = destination.query(sql);
  if (!reader) return text_of(reader.error());
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (const arrow::Status read = (*reader)->ReadNext(&batch); !read.ok()) return read.ToString();
    if (batch == nullptr) break;
    add_rows(*batch, found);
  }
  std::set<std::int64_t> ids;
  for (const Texts* const texts : {&expected, &found}) {
    for (const auto& [id, text] : *texts) ids.insert(id);
  }
  std::erase_if(ids, [&](std::int64_t id) { return text_at(expected, id) == text_at(found, id); });
  if (ids.empty()) return {};
  return fmt::format("{} of {} rows differ, first\n  {}\nwhich should be\n  {}\n", ids.size(), expected.size(), text_at(found, *ids.begin()),
                     text_at(expected, *ids.begin()));
}

}  // namespace lakeflow::testing
