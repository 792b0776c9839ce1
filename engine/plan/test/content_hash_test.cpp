#include "engine/plan/content_hash.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

std::shared_ptr<arrow::Array> array(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

// A batch of named columns, each given by its type and its values as JSON.
struct Column {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string values;
};
std::shared_ptr<arrow::RecordBatch> batch(const std::vector<Column>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const Column& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(array(column.type, column.values));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.front()->length(), arrays);
}

std::vector<std::uint64_t> hash(const std::shared_ptr<arrow::RecordBatch>& rows) {
  return ContentHash::make(*rows->schema()).value().hash(*rows, nullptr);
}
std::vector<std::uint64_t> hash(const std::string& name, const std::shared_ptr<arrow::DataType>& type, const std::string& values) {
  return hash(batch({{name, type, values}}));
}

const auto kName = arrow::struct_({arrow::field("family", arrow::utf8()), arrow::field("given", arrow::list(arrow::utf8()))});

std::shared_ptr<arrow::RecordBatch> patients() {
  return batch({
      {"id", arrow::utf8(), R"(["a", "b", "c", "d", null, ""])"},
      {"active", arrow::boolean(), R"([true, false, null, true, false, true])"},
      {"born", arrow::date32(), R"([0, 1, null, -1, 20000, 20001])"},
      {"weight", arrow::float64(), R"([70.5, null, 0, 1e300, -1, 2])"},
      {"debt", arrow::decimal128(20, 2), R"(["1.00", "-2.50", null, "99999999999999999.99", "0.00", "0.01"])"},
      {"updated", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), R"([1, 2, 3, 4, 5, 6])"},
      {"name", arrow::list(kName),
       R"([[{"family":"X","given":["A","B"]}], [], null, [{"family":null,"given":[]}, null],
           [{"family":"Y","given":null}], [{"family":"X","given":["A","B"]}]])"},
      {"meta", arrow::struct_({arrow::field("version", arrow::int64()), arrow::field("deep", kName)}),
       R"([{"version":1,"deep":null}, null, {"version":null,"deep":{"family":"Z","given":["a"]}},
           {"version":2,"deep":null}, {"version":3,"deep":{"family":null,"given":null}}, {"version":4,"deep":null}])"},
      {"tags", arrow::map(arrow::utf8(), arrow::int64()), R"([[["a",1],["b",2]], [], null, [["b",2],["a",1]], [["a",null]], [["a",2],["b",1]]])"},
      {"nothing", arrow::int64(), R"([null, null, null, null, null, null])"},
  });
}

// The hash is stored with each row: a change of it would make every stored row look changed.
TEST(ContentHash, StaysWhatItWas) {
  EXPECT_EQ(hash("id", arrow::utf8(), R"(["a"])"), (std::vector<std::uint64_t>{2878050328537499255U}));
  EXPECT_EQ(hash(patients()), (std::vector<std::uint64_t>{3404080769837205643U, 2196187492692458189U, 12702098725372049285U, 4951382238786696985U,
                                                          1494725761293707779U, 4448688964035898854U}));
}

TEST(ContentHash, DoesNotDependOnHowRowsAreSliced) {
  const auto rows = patients();
  const ContentHash content_hash = ContentHash::make(*rows->schema()).value();
  const std::vector<std::uint64_t> whole = content_hash.hash(*rows, nullptr);
  for (std::int64_t from = 0; from <= rows->num_rows(); ++from) {
    for (std::int64_t length = 0; from + length <= rows->num_rows(); ++length) {
      const std::vector<std::uint64_t> part = content_hash.hash(*rows->Slice(from, length), nullptr);
      EXPECT_EQ(part, std::vector<std::uint64_t>(whole.begin() + from, whole.begin() + from + length)) << from << "+" << length;
    }
  }
}

TEST(ContentHash, DoesNotDependOnHowRowsAreBatched) {
  const auto rows = patients();
  const std::vector<std::uint64_t> whole = hash(rows);
  arrow::ArrayVector columns;
  for (int column = 0; column < rows->num_columns(); ++column) {
    columns.push_back(arrow::Concatenate({rows->column(column)->Slice(4, 2), rows->column(column)->Slice(0, 4)}).ValueOrDie());
  }
  const std::vector<std::uint64_t> other = hash(arrow::RecordBatch::Make(rows->schema(), 6, columns));
  EXPECT_EQ(other, (std::vector<std::uint64_t>{whole[4], whole[5], whole[0], whole[1], whole[2], whole[3]}));
}

TEST(ContentHash, DoesNotDependOnTheOrderOfColumnsNorOnNullOnes) {
  const auto id = Column{"id", arrow::utf8(), R"(["a", "b"])"};
  const auto size = Column{"size", arrow::int64(), "[1, null]"};
  const auto empty = Column{"empty", arrow::struct_({arrow::field("x", arrow::int64())}), "[null, null]"};
  EXPECT_EQ(hash(batch({id, size})), hash(batch({size, empty, id})));
}

TEST(ContentHash, DoesNotDependOnNullMembersOfStructs) {
  const auto narrow = arrow::struct_({arrow::field("a", arrow::int64())});
  const auto wide = arrow::struct_({arrow::field("b", arrow::utf8()), arrow::field("a", arrow::int64()), arrow::field("c", narrow)});
  EXPECT_EQ(hash("s", narrow, R"([{"a":1}, {"a":null}, null])"),
            hash("s", wide, R"([{"b":null,"a":1,"c":null}, {"b":null,"a":null,"c":null}, null])"));
  EXPECT_EQ(hash("s", arrow::list(narrow), R"([[{"a":1}, null]])"), hash("s", arrow::list(wide), R"([[{"b":null,"a":1,"c":null}, null]])"));
}

TEST(ContentHash, DoesNotDependOnTheWidthOfNumbers) {
  EXPECT_EQ(hash("n", arrow::int32(), "[1, -1]"), hash("n", arrow::int64(), "[1, -1]"));
  EXPECT_EQ(hash("n", arrow::float32(), "[0.5]"), hash("n", arrow::float64(), "[0.5]"));
  EXPECT_EQ(hash("n", arrow::utf8(), R"(["x", null])"), hash("n", arrow::large_utf8(), R"(["x", null])"));
}

TEST(ContentHash, DoesNotSeeWhatLiesUnderANullStruct) {
  const auto member = array(arrow::int64(), "[1, 2]");
  const auto absent = arrow::StructArray::Make(arrow::ArrayVector{member}, {"a"}, arrow::Buffer::FromString(std::string(1, '\x02'))).ValueOrDie();
  const auto schema = arrow::schema({arrow::field("s", absent->type())});
  EXPECT_EQ(hash(arrow::RecordBatch::Make(schema, 2, {absent})), hash("s", absent->type(), R"([null, {"a":2}])"));
}

TEST(ContentHash, MapsHaveNoOrderAndListsHave) {
  const std::vector<std::uint64_t> maps =
      hash(batch({{"tags", arrow::map(arrow::utf8(), arrow::int64()), R"([[["a",1],["b",2]], [["b",2],["a",1]], [["a",2],["b",1]]])"}}));
  EXPECT_EQ(maps[0], maps[1]);
  EXPECT_NE(maps[0], maps[2]);
  const std::vector<std::uint64_t> lists = hash("l", arrow::list(arrow::int64()), "[[1, 2], [2, 1]]");
  EXPECT_NE(lists[0], lists[1]);
}

// Rows that are easily taken for one another.
TEST(ContentHash, TellsApart) {
  const auto all_differ = [](std::vector<std::uint64_t> hashes) {
    std::ranges::sort(hashes);
    return std::ranges::adjacent_find(hashes) == hashes.end();
  };
  EXPECT_TRUE(all_differ(hash("t", arrow::utf8(), R"([null, "", "a", "A", " a", "a "])")));
  EXPECT_TRUE(all_differ(hash("b", arrow::boolean(), "[null, true, false]")));
  EXPECT_TRUE(all_differ(hash("n", arrow::int64(), "[null, 0, 1, -1]")));
  EXPECT_TRUE(all_differ(hash("l", arrow::list(arrow::utf8()), R"([null, [], [null], [""], ["", ""], ["ab", "c"], ["a", "bc"], ["abc"]])")));
  EXPECT_TRUE(all_differ(hash("s", arrow::struct_({arrow::field("a", arrow::int64()), arrow::field("b", arrow::int64())}),
                              R"([null, {"a":null,"b":null}, {"a":1,"b":null}, {"a":null,"b":1}, {"a":1,"b":1}])")));
  EXPECT_TRUE(all_differ(hash("m", arrow::map(arrow::utf8(), arrow::utf8()), R"([null, [], [["a",null]], [["a","b"]], [["b","a"]]])")));
  EXPECT_NE(hash("a", arrow::int64(), "[1]"), hash("b", arrow::int64(), "[1]"));
  const auto pair = [](const char* a, const char* b) { return hash(batch({{"a", arrow::utf8(), a}, {"b", arrow::utf8(), b}})); };
  EXPECT_NE(pair(R"(["x"])", R"(["y"])"), pair(R"(["y"])", R"(["x"])"));
}

TEST(ContentHash, CoversWhatWasRescued) {
  const auto rows = batch({{"id", arrow::utf8(), R"(["a", "b"])"}});
  const ContentHash content_hash = ContentHash::make(*rows->schema()).value();
  const auto rescued = std::static_pointer_cast<arrow::StringArray>(array(arrow::utf8(), R"([null, "{\"x\":1}"])"));
  const std::vector<std::uint64_t> with = content_hash.hash(*rows, rescued.get());
  const std::vector<std::uint64_t> without = content_hash.hash(*rows, nullptr);
  EXPECT_EQ(with[0], without[0]);
  EXPECT_NE(with[1], without[1]);
}

TEST(ContentHash, RefusesWhatNoTableCanHold) {
  const Result<ContentHash> refused =
      ContentHash::make(*arrow::schema({arrow::field("wait", arrow::list(arrow::duration(arrow::TimeUnit::SECOND)))}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "column wait has the type duration[s], which no table can hold");
}

}  // namespace
}  // namespace lakeflow
