// What json_decoder.h promises beyond single values: errors of the schema, memory, batches.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decode/json_decoder.h"
#include "engine/decode/key_index.h"
#include "engine/decode/test/raw_batch.h"
#include "engine/decode/test/row_text.h"
#include "engine/decode/test/schema_text.h"

namespace lakeflow {
namespace {

using testing::HasSubstr;

std::unique_ptr<Decoder> decoder_of(std::string_view schema) {
  auto decoder = make_json_decoder(parse_schema(schema));
  return decoder ? std::move(*decoder) : nullptr;
}

// The buffers of an array and of all below it.
void visit_buffers(const arrow::ArrayData& data, const std::function<void(const arrow::Buffer&)>& visit) {
  for (const auto& buffer : data.buffers) {
    if (buffer != nullptr) visit(*buffer);
  }
  for (const auto& child : data.child_data) {
    visit_buffers(*child, visit);
  }
}

std::size_t bytes_of(const arrow::RecordBatch& batch) {
  std::size_t bytes = 0;
  for (const auto& column : batch.column_data()) {
    visit_buffers(*column, [&](const arrow::Buffer& buffer) { bytes += static_cast<std::size_t>(buffer.size()); });
  }
  return bytes;
}

bool holds(const arrow::RecordBatch& batch, std::string_view text) {
  bool found = false;
  for (const auto& column : batch.column_data()) {
    visit_buffers(*column, [&](const arrow::Buffer& buffer) {
      const std::string_view bytes(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(buffer.size()));
      found = found || bytes.find(text) != std::string_view::npos;
    });
  }
  return found;
}

struct SchemaMistake {
  std::string schema;
  std::string message;
};

TEST(JsonDecoderContract, NamesTheColumnThatItCannotDecode) {
  const std::vector<SchemaMistake> mistakes = {
      {"id utf8, n int32", "column n: the type int32"},
      {"a list<struct<t local_timestamp>>", "column a[].t: the type timestamp[us]"},
      {"m map<int32>", "column m{}: the type int32"},
      {"a struct<x utf8, x int64>", "column a.x: there is another one"},
      {"a struct<r record>", "column a.r: only a column of the table itself"},
      {"n ruled(json)", "column n: the rule json needs the type utf8, not int64"},
      {"n from_text(utf8)", "column n: the rule from_text needs a decimal128, int64 or double, not string"},
      {"n ruled(guess)", "column n: unknown rule guess"},
      {"n ruled(utc_of:t), t utf8", "column n: the rule utc_of needs a timestamp"},
      {"t_utc utc_of(t)", "column t_utc: it has no sibling t"},
      {"t int64, t_utc utc_of(t)", "column t_utc: its sibling t is not utf8"},
      {"t list<utf8>, t_utc utc_of(t)", "column t_utc: its sibling t is not utf8, or not as often repeated"},
      {"t utf8, t_utc list_utc_of(t)", "column t_utc: its sibling t is not utf8, or not as often repeated"},
      {"t utf8, u utc_of(t), v utc_of(t)", "column v: its sibling t has an instant already"},
      {"n ruled(text_of:t), t timestamp", "column n: the rule text_of needs the type utf8, not int64"},
      {"t_text text_of(t)", "column t_text: it has no sibling t"},
      {"t utf8, t_text text_of(t)", "column t_text: its sibling t is neither a timestamp nor binary"},
      {"t timestamp, u text_of(t), v text_of(t)", "column v: its sibling t has its text already"},
      {"t utf8 without t", "column t: it is left out, and a column or left out twice"},
  };
  for (const auto& [schema, message] : mistakes) {
    const auto decoder = make_json_decoder(parse_schema(schema));
    ASSERT_FALSE(decoder) << schema;
    EXPECT_EQ(decoder.error().kind(), ErrorKind::kUser) << schema;
    EXPECT_THAT(decoder.error().message(), HasSubstr(message));
    EXPECT_FALSE(decoder.error().next_step().empty());
  }
}

TEST(JsonDecoderContract, RefusesASchemaThatNestsWithoutEnd) {
  std::shared_ptr<arrow::DataType> type = arrow::utf8();
  for (int i = 0; i < 1000; ++i) {
    type = arrow::list(type);
  }
  const auto decoder = make_json_decoder(arrow::schema({arrow::field("deep", type)}));
  ASSERT_FALSE(decoder);
  EXPECT_THAT(decoder.error().message(), HasSubstr("nested deeper"));
}

TEST(JsonDecoderContract, DecodesNothingAndDeletes) {
  const auto decoder = decoder_of("id utf8, a list<struct<m map<boolean>>>");
  ASSERT_NE(decoder, nullptr);
  const auto nothing = decoder->decode({});
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->tables.at(0).rows->num_rows(), 0);
  EXPECT_TRUE(nothing->tables.at(0).rows->ValidateFull().ok());

  RawRecords raw = raw_batch({R"({"id":"1"})", R"({"id":"2"})"});
  raw.records[1].operation = Operation::kDelete;
  const auto decoded = decoder->decode(raw);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(row_text(*decoded->tables.at(0).rows, 1), R"({"id":"2","a":null})");
  EXPECT_EQ(decoded->tables.at(0).rescued, nullptr);
}

TEST(JsonDecoderContract, RefusesMoreThanABatchCanHold) {
  const auto decoder = decoder_of("id utf8");
  RawRecords raw = raw_batch({R"({"id":")" + std::string(1 << 20, 'x') + "\"}"});
  raw.records.resize(2100, raw.records.front());
  const auto decoded = decoder->decode(raw);
  ASSERT_FALSE(decoded);
  EXPECT_THAT(decoded.error().message(), HasSubstr("2 GB"));
}

// Whatever stands in the padding: nothing of it becomes part of a record, and (as the address sanitizer sees) nothing behind it is read.
TEST(JsonDecoderContract, ReadsNoFurtherThanThePadding) {
  const auto decoder = decoder_of(
      "id utf8, t timestamp, l list<struct<x int64, b boolean>>, m map<double>, b binary, j json, a_name_of_more_than_thirty_two_bytes utf8");
  const std::string whole =
      R"({"id":"a text of more than sixty-four bytes, so that it takes three blocks of thirty-two","t":"2024-05-01T12:30:00Z","l":[{"x":1,"b":true},)"
      R"({"b":false}],"m":{"k\u0041":1.5e3},"b":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygp","j":{"deep":[1,"x\n"]},)"
      R"("a_name_of_more_than_thirty_two_bytes":"\ud83d\ude00","unknown":"text","é":"東京"})";
  for (const char padding : {'7', 'x', '"', '\\', '}', ']', ' ', '{', '\xE6'}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto decoded = decoder->decode(raw_batch({whole.substr(0, size)}, padding));
      ASSERT_TRUE(decoded);
      ASSERT_EQ(decoded->rejects.size(), 1U) << size << " bytes, padding " << padding;
      ASSERT_EQ(decoded->rejects[0].reason, size == 0 ? "empty_record" : "invalid_json");
    }
    const auto decoded = decoder->decode(raw_batch({whole}, padding));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->rejects.size(), 0U);
  }
}

// Rows beyond every first capacity, in columns that begin late, stop early or skip.
TEST(JsonDecoderContract, GrowsColumns) {
  const auto decoder = decoder_of("n int64, odd boolean, late utf8, l list<struct<x int64, s utf8>>, d decimal(20,0)");
  constexpr std::int64_t kRows = 20'000;
  std::vector<std::string> records;
  for (std::int64_t i = 0; i < kRows; ++i) {
    std::string record = fmt::format(R"({{"n":{},)", i);
    if (i % 2 == 1) record += R"("odd":true,)";
    if (i > 19'000) record += fmt::format(R"("late":"text {}",)", i);
    record += fmt::format(R"("l":[{{"x":{0}}},{{"s":"{0}"}},null],"d":{0}}})", i);
    records.push_back(record);
  }
  for (int time = 0; time < 2; ++time) {
    const auto decoded = decoder->decode(raw_batch(records));
    ASSERT_TRUE(decoded);
    const auto& rows = *decoded->tables.at(0).rows;
    ASSERT_TRUE(rows.ValidateFull().ok()) << rows.ValidateFull().ToString();
    ASSERT_EQ(rows.num_rows(), kRows);
    for (std::int64_t i = 0; i < kRows; ++i) {
      const std::string late = i > 19'000 ? fmt::format("\"text {}\"", i) : "null";
      ASSERT_EQ(row_text(rows, i), fmt::format(R"({{"n":{0},"odd":{1},"late":{2},"l":[{{"x":{0},"s":null}},{{"x":null,"s":"{0}"}},null],"d":{0}}})",
                                               i, i % 2 == 1 ? "true" : "null", late));
    }
  }
}

// Memory is used again, and what an earlier batch held must never be seen through a later one's buffers.
TEST(JsonDecoderContract, ShowsNothingOfEarlierBatches) {
  const auto decoder = decoder_of("id utf8, name list<struct<family utf8, code binary>>, m map<utf8>, n int64, j json, raw record");
  constexpr std::string_view kSecret = "SECRETSECRETSECR";
  for (int time = 0; time < 3; ++time) {
    std::vector<std::string> records;
    for (int i = 0; i < 300; ++i) {
      records.push_back(
          fmt::format(R"({{"id":"{0}","name":[{{"family":"{0}","code":"{0}"}}],"m":{{"{0}":"{0}"}},"n":6004224832826463571,"j":["{0}"]}})", kSecret));
    }
    auto secret = decoder->decode(raw_batch(records));
    ASSERT_TRUE(secret);
    ASSERT_TRUE(holds(*secret->tables.at(0).rows, kSecret));
    secret->tables.clear();

    records.assign(300, R"({"id":"x","name":[{}],"m":{},"unknown":1})");
    records.back() = R"({"id":"x","name":[{"family":"y","code":"AA=="}],"m":{"k":"v"},"n":1,"j":0})";
    const auto plain = decoder->decode(raw_batch(records));
    ASSERT_TRUE(plain);
    EXPECT_FALSE(holds(*plain->tables.at(0).rows, kSecret.substr(0, 3)));
  }
}

// A writer of a batch writes its buffers whole: those of null columns are no longer than they must be.
TEST(JsonDecoderContract, KeepsNullColumnsShort) {
  std::string schema = "id utf8, ";
  for (int i = 0; i < 500; ++i) {
    schema += fmt::format("s{} struct<a utf8, b list<struct<c int64>>>, ", i);
  }
  const auto decoder = decoder_of(schema);
  ASSERT_TRUE(decoder->decode(raw_batch(std::vector<std::string>(10'000, R"({"id":"1"})"))));
  const auto decoded = decoder->decode(raw_batch(std::vector<std::string>(8, R"({"id":"1"})")));
  ASSERT_TRUE(decoded);
  ASSERT_TRUE(decoded->tables.at(0).rows->ValidateFull().ok());
  EXPECT_LT(bytes_of(*decoded->tables.at(0).rows), 500U * 100U);
}

// What is null in all of a struct is made once for batches of about one size: a wide schema has thousands of such columns.
TEST(JsonDecoderContract, MakesNullsInStructsOnce) {
  const auto decoder = decoder_of("s struct<a utf8, b struct<c int64>, d list<int64>>, e struct<f utf8>");
  std::vector<std::shared_ptr<arrow::ArrayData>> members[2];
  for (const std::size_t rows : {100U, 110U}) {
    const auto decoded = decoder->decode(raw_batch(std::vector<std::string>(rows, R"({"s":{"d":[1]}})")));
    ASSERT_TRUE(decoded);
    const arrow::RecordBatch& batch = *decoded->tables.at(0).rows;
    ASSERT_TRUE(batch.ValidateFull().ok());
    EXPECT_EQ(row_text(batch, static_cast<std::int64_t>(rows) - 1), R"({"s":{"a":null,"b":null,"d":[1]},"e":null})");
    const auto& s = *batch.column_data(0);
    members[rows == 100 ? 0 : 1] = {s.child_data[0], s.child_data[1], batch.column_data(1)->child_data[0]};
  }
  EXPECT_EQ(members[0], members[1]);
}

TEST(JsonDecoderContract, LetsBatchesLiveOnAndDieElsewhere) {
  auto decoder = decoder_of("id utf8, l list<int64>");
  std::vector<std::jthread> threads;
  for (int batch = 0; batch < 50; ++batch) {
    std::vector<std::string> records;
    for (int i = 0; i < 200; ++i) {
      records.push_back(fmt::format(R"({{"id":"{}.{}","l":[{}]}})", batch, i, i));
    }
    auto decoded = decoder->decode(raw_batch(records));
    ASSERT_TRUE(decoded);
    threads.emplace_back([batch, rows = std::move(decoded->tables.at(0).rows)]() mutable {
      EXPECT_EQ(row_text(*rows, 199), fmt::format(R"({{"id":"{}.199","l":[199]}})", batch));
      rows.reset();
    });
  }
  decoder.reset();
}

TEST(KeyIndex, FindsEveryNameAndNoOther) {
  for (const std::size_t count : {1U, 2U, 3U, 17U, 300U, 5000U}) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back(fmt::format("{}{}", i % 3 == 0 ? "" : "a_long_common_beginning_", i));
    }
    const KeyIndex index(std::vector<std::string_view>(names.begin(), names.end()));
    for (std::uint32_t i = 0; i < count; ++i) {
      EXPECT_EQ(index.find(names[i]), i);
      EXPECT_EQ(index.find(names[i] + "_"), KeyIndex::kNotFound);
    }
    EXPECT_EQ(index.find(""), KeyIndex::kNotFound);
  }
  EXPECT_EQ(KeyIndex().find("a"), KeyIndex::kNotFound);
}

}  // namespace
}  // namespace lakeflow
