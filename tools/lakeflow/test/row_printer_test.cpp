#include "tools/lakeflow/output/row_printer.h"

#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/table_builder.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "tools/lakeflow/console.h"

namespace lakeflow {
namespace {

template <typename Builder, typename Value>
void append(arrow::ArrayBuilder& builder, const Value& value) {
  ASSERT_TRUE(static_cast<Builder&>(builder).Append(value).ok());
}

// Two rows: one with every type, one of nulls.
std::shared_ptr<arrow::RecordBatch> every_type() {
  const auto struct_type = arrow::struct_({arrow::field("use", arrow::utf8()), arrow::field("n", arrow::int64())});
  const auto schema = arrow::schema(
      {arrow::field("text", arrow::utf8()), arrow::field("number", arrow::int64()), arrow::field("real", arrow::float64()),
       arrow::field("exact", arrow::decimal128(20, 2)), arrow::field("yes", arrow::boolean()), arrow::field("day", arrow::date32()),
       arrow::field("instant", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")), arrow::field("local", arrow::timestamp(arrow::TimeUnit::MICRO)),
       arrow::field("bytes", arrow::binary()), arrow::field("list", arrow::list(arrow::int64())), arrow::field("struct", struct_type)});
  auto builder = arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool()).ValueOrDie();
  append<arrow::StringBuilder>(*builder->GetField(0), "say \"hi\", Zoë");
  append<arrow::Int64Builder>(*builder->GetField(1), std::int64_t{9'007'199'254'740'993});
  append<arrow::DoubleBuilder>(*builder->GetField(2), 0.1);
  append<arrow::Decimal128Builder>(*builder->GetField(3), arrow::Decimal128::FromString("123456789012345678.90").ValueOrDie());
  append<arrow::BooleanBuilder>(*builder->GetField(4), true);
  append<arrow::Date32Builder>(*builder->GetField(5), *days_from_civil(1969, 7, 20));
  append<arrow::TimestampBuilder>(*builder->GetField(6), *parse_utc("2024-05-01T12:30:00.5Z"));
  append<arrow::TimestampBuilder>(*builder->GetField(7), *parse_utc("2024-05-01T12:30:00Z"));
  append<arrow::BinaryBuilder>(*builder->GetField(8), "any");
  auto& list = static_cast<arrow::ListBuilder&>(*builder->GetField(9));
  EXPECT_TRUE(list.Append().ok());
  append<arrow::Int64Builder>(*list.value_builder(), std::int64_t{1});
  EXPECT_TRUE(list.value_builder()->AppendNull().ok());
  auto& record = static_cast<arrow::StructBuilder&>(*builder->GetField(10));
  EXPECT_TRUE(record.Append().ok());
  append<arrow::StringBuilder>(*record.field_builder(0), "home");
  append<arrow::Int64Builder>(*record.field_builder(1), std::int64_t{3});
  for (int column = 0; column < builder->num_fields(); ++column) {
    EXPECT_TRUE(builder->GetField(column)->AppendNull().ok());
  }
  return builder->Flush().ValueOrDie();
}

std::string printed(RowFormat format, Console::Form form = {}) {
  testing::internal::CaptureStdout();
  {
    Console console(form);
    const auto rows = every_type();
    const auto printer = make_row_printer(format, rows->schema(), console);
    EXPECT_TRUE(printer->print(*rows));
    printer->finish();
    EXPECT_TRUE(console.flush().has_value());
  }
  return testing::internal::GetCapturedStdout();
}

TEST(RowPrinter, JsonLinesKeepEveryDigitAndTypeTheyCan) {
  EXPECT_EQ(
      printed(RowFormat::kJsonLines),
      R"({"text":"say \"hi\", Zoë","number":9007199254740993,"real":0.1,"exact":123456789012345678.90,"yes":true,"day":"1969-07-20",)"
      R"("instant":"2024-05-01T12:30:00.500Z","local":"2024-05-01T12:30:00","bytes":"YW55","list":[1,null],"struct":{"use":"home","n":3}})"
      "\n"
      R"({"text":null,"number":null,"real":null,"exact":null,"yes":null,"day":null,"instant":null,"local":null,"bytes":null,"list":null,"struct":null})"
      "\n");
}

TEST(RowPrinter, CsvQuotesByRfc4180) {
  EXPECT_EQ(printed(RowFormat::kCsv),
            "text,number,real,exact,yes,day,instant,local,bytes,list,struct\n"
            "\"say \"\"hi\"\", Zoë\",9007199254740993,0.1,123456789012345678.90,true,1969-07-20,2024-05-01T12:30:00.500Z,"
            "2024-05-01T12:30:00,YW55,\"[1,null]\",\"{\"\"use\"\":\"\"home\"\",\"\"n\"\":3}\"\n"
            ",,,,,,,,,,\n");
}

TEST(RowPrinter, RecordsShowWhatHasAValue) {
  EXPECT_EQ(printed(RowFormat::kRecords),
            "-- row 1\n"
            "text     say \"hi\", Zoë\n"
            "number   9007199254740993\n"
            "real     0.1\n"
            "exact    123456789012345678.90\n"
            "yes      true\n"
            "day      1969-07-20\n"
            "instant  2024-05-01T12:30:00.500Z\n"
            "local    2024-05-01T12:30:00\n"
            "bytes    YW55\n"
            "list     [1,null]\n"
            "struct   {\"use\":\"home\",\"n\":3}\n"
            "-- row 2\n"
            "(2 rows)\n");
}

TEST(RowPrinter, ATableTooWideForTheTerminalBecomesRecords) {
  EXPECT_TRUE(printed(RowFormat::kTable, {.output_is_terminal = true, .width = 60}).starts_with("-- row 1\ntext     say"));
  EXPECT_TRUE(printed(RowFormat::kTable, {.output_is_terminal = true, .width = 300}).starts_with("text             "));
  EXPECT_TRUE(printed(RowFormat::kTable).starts_with("text             "));
}

}  // namespace
}  // namespace lakeflow
