#include "bench/load/generated_rows.h"

#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <cstdlib>
#include <string>

namespace lakeflow::bench {
namespace {

using arrow::field;
using Type = std::shared_ptr<arrow::DataType>;

constexpr int kWideLeaves = 700;

Type timestamp() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }

Type coding() {
  return arrow::struct_({field("system", arrow::utf8()), field("version", arrow::utf8()), field("code", arrow::utf8()),
                         field("display", arrow::utf8()), field("userSelected", arrow::boolean())});
}

Type concept_type() { return arrow::struct_({field("coding", arrow::list(coding())), field("text", arrow::utf8())}); }

Type period() {
  return arrow::struct_({field("start", arrow::utf8()), field("start_utc", timestamp()), field("end", arrow::utf8()), field("end_utc", timestamp())});
}

Type reference() {
  return arrow::struct_(
      {field("reference", arrow::utf8()), field("type", arrow::utf8()), field("display", arrow::utf8()),
       field("identifier", arrow::struct_({field("system", arrow::utf8()), field("value", arrow::utf8()), field("period", period())}))});
}

Type quantity() {
  return arrow::struct_({field("value", arrow::decimal128(28, 10)), field("comparator", arrow::utf8()), field("unit", arrow::utf8()),
                         field("system", arrow::utf8()), field("code", arrow::utf8())});
}

int leaves(const arrow::DataType& type) {
  int count = type.num_fields() == 0 ? 1 : 0;
  for (const auto& member : type.fields()) count += leaves(*member->type());
  return count;
}

void must(const arrow::Status& status) {
  if (!status.ok()) std::abort();
}

// The value of a row in a column: each kind of text has few values or many, as in records.
class Filler {
 public:
  explicit Filler(std::int64_t row, std::int64_t version) : row_(row), version_(version) {}

  void append(arrow::ArrayBuilder& builder, const std::string& name) {
    switch (builder.type()->id()) {
      case arrow::Type::STRING: return must(static_cast<arrow::StringBuilder&>(builder).Append(text(name)));
      case arrow::Type::TIMESTAMP: return must(static_cast<arrow::TimestampBuilder&>(builder).Append(1'700'000'000'000'000 + row_ * 1000 + version_));
      case arrow::Type::INT64: return must(static_cast<arrow::Int64Builder&>(builder).Append(static_cast<std::int64_t>(next())));
      case arrow::Type::DOUBLE: return must(static_cast<arrow::DoubleBuilder&>(builder).Append(static_cast<double>(next() % 100'000) / 100));
      case arrow::Type::BOOL: return must(static_cast<arrow::BooleanBuilder&>(builder).Append(next() % 2 == 0));
      case arrow::Type::DATE32: return must(static_cast<arrow::Date32Builder&>(builder).Append(static_cast<std::int32_t>(next() % 20'000)));
      case arrow::Type::DECIMAL128:
        return must(static_cast<arrow::Decimal128Builder&>(builder).Append(arrow::Decimal128(static_cast<std::int64_t>(next() % 1'000'000))));
      case arrow::Type::LIST: {
        auto& list = static_cast<arrow::ListBuilder&>(builder);
        must(list.Append());
        return append(*list.value_builder(), name);
      }
      case arrow::Type::STRUCT: {
        auto& members = static_cast<arrow::StructBuilder&>(builder);
        must(members.Append());
        for (int i = 0; i < members.num_fields(); ++i) append(*members.field_builder(i), members.type()->field(i)->name());
        return;
      }
      default: std::abort();
    }
  }

 private:
  std::uint64_t next() {
    ++draws_;
    std::uint64_t mixed =
        static_cast<std::uint64_t>(row_) * 0x9E3779B97F4A7C15U + draws_ * 0xBF58476D1CE4E5B9U + static_cast<std::uint64_t>(version_);
    mixed ^= mixed >> 31U;
    mixed *= 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 29U);
  }

  std::string text(const std::string& name) {
    if (name == "id") return fmt::format("{:016x}-{:08d}", static_cast<std::uint64_t>(row_) * 0x9E3779B97F4A7C15U, row_);
    if (name == "reference") return fmt::format("urn:uuid:{:016x}", next());
    if (name == "system") return "http://loinc.org";
    if (name == "display") return fmt::format("Body mass index, measure {}", next() % 50);
    return fmt::format("code-{}", next() % 200);
  }

  std::int64_t row_;
  std::int64_t version_;
  std::uint64_t draws_ = 0;
};

ApplyPlan plan_of(std::string table, arrow::FieldVector fields) {
  fields.push_back(field("_run_id", arrow::utf8()));
  fields.push_back(field("_content_hash", arrow::int64()));
  ApplyPlan plan;
  plan.target = {"bench", std::move(table)};
  plan.mode = ApplyMode::kChanges;
  plan.schema = arrow::schema(std::move(fields));
  plan.key_columns = {"id"};
  plan.sequence_columns = {"updated"};
  return plan;
}

}  // namespace

ApplyPlan narrow_plan() {
  return plan_of(
      "narrow", {field("id", arrow::utf8()), field("updated", timestamp()), field("reference", arrow::utf8()), field("code", arrow::utf8()),
                 field("display", arrow::utf8()), field("value", arrow::float64()), field("final", arrow::boolean()), field("day", arrow::date32())});
}

ApplyPlan wide_plan() {
  arrow::FieldVector fields = {field("id", arrow::utf8()),
                               field("updated", timestamp()),
                               field("code", concept_type()),
                               field("subject", reference()),
                               field("category", arrow::list(concept_type())),
                               field("valueQuantity", quantity()),
                               field("effective", arrow::utf8()),
                               field("effective_utc", timestamp())};
  const std::vector<Type> kinds = {
      concept_type(), arrow::list(reference()), quantity(), period(),
      arrow::list(arrow::struct_({field("code", concept_type()), field("value", quantity()), field("by", reference())}))};
  int count = 0;
  for (const auto& first : fields) count += leaves(*first->type());
  for (std::size_t i = 0; count < kWideLeaves; ++i) {
    // Few of the elements that a standard allows occur in a source's records.
    fields.push_back(field(fmt::format("{}_{}", i % 6 == 0 ? "often" : "never", i), kinds[i % kinds.size()]));
    count += leaves(*kinds[i % kinds.size()]);
  }
  return plan_of("wide", std::move(fields));
}

ChangeSlice make_slice(const ApplyPlan& plan, std::int64_t first, std::int64_t count, std::int64_t version, std::int64_t one_in) {
  arrow::ArrayVector columns;
  const std::int64_t rows = (count + one_in - 1) / one_in;
  for (const auto& column : plan.schema->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    must(arrow::MakeBuilder(arrow::default_memory_pool(), column->type(), &builder));
    for (std::int64_t row = first; row < first + count; row += one_in) {
      const bool is_null = column->name().starts_with("never") || (column->name().starts_with("often") && row % 3 != 0);
      if (is_null) {
        must(builder->AppendNull());
      } else {
        Filler(row, version).append(*builder, column->name());
      }
    }
    columns.push_back(builder->Finish().ValueOrDie());
  }
  ChangeSlice slice;
  slice.rows = arrow::RecordBatch::Make(plan.schema, rows, columns);
  arrow::BooleanBuilder deletes;
  for (std::int64_t i = 0; i < rows; ++i) must(deletes.Append(false));
  slice.keys = arrow::RecordBatch::Make(arrow::schema({field("key_0", arrow::utf8()), field("sequence_0", timestamp()),
                                                       field("delete", arrow::boolean()), field("content_hash", arrow::int64())}),
                                        rows, {columns[0], columns[1], deletes.Finish().ValueOrDie(), columns.back()});
  return slice;
}

}  // namespace lakeflow::bench
