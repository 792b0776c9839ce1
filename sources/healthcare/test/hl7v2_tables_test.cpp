// The tables as a whole: which there are, and how their columns are called.

#include <set>

#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::Not;

std::shared_ptr<arrow::Schema> schema_of(TableFamily& tables, const std::string& name) { return tables.get_table_schema(name, {}).value(); }

// Names that a row, or a struct in it, has twice.
void find_twins(const arrow::FieldVector& fields, const std::string& path, std::vector<std::string>& twins) {
  std::set<std::string> names;
  for (const auto& field : fields) {
    const std::string name = path + field->name();
    if (!names.insert(name).second) {
      twins.push_back(name);
    }
    const arrow::DataType* type = field->type().get();
    if (type->id() == arrow::Type::LIST) {
      type = type->field(0)->type().get();
    }
    if (type->id() == arrow::Type::STRUCT) {
      find_twins(type->fields(), name + ".", twins);
    }
  }
}

TEST(Hl7Tables, AreThoseOfMessagesAndOneForEverySegmentOfTheStandard) {
  Hl7TestSource source;
  const std::vector<std::string> names = source.tables().list_tables();
  EXPECT_EQ(std::ranges::count_if(names, [](const std::string& name) { return name.size() == 3; }), 186);
  EXPECT_THAT(names, Contains("pid"));
  EXPECT_THAT(names, Contains("qrd")) << "withdrawn, but sent";
  EXPECT_THAT(names, Contains("rxv")) << "new in 2.8.2";
  EXPECT_THAT(names, Not(Contains("fhs"))) << "stands in no message";
  EXPECT_FALSE(source.tables().get_table_schema("PID", {}).has_value());
}

TEST(Hl7Tables, HaveNoNameTwiceAndSayWhatARowIs) {
  Hl7TestSource source;
  std::vector<std::string> twins;
  for (const std::string& name : source.tables().list_tables()) {
    find_twins(schema_of(source.tables(), name)->fields(), name + ".", twins);
    EXPECT_NE(source.tables().read_table_metadata(name, {}).value().description, "") << name;
  }
  EXPECT_THAT(twins, testing::IsEmpty());
}

TEST(Hl7Tables, AFieldNamedLikeAColumnOfEveryTableBearsItsNumber) {
  Hl7TestSource source;
  const auto msa = schema_of(source.tables(), "msa");
  EXPECT_NE(msa->GetFieldByName("message_control_id"), nullptr) << "of MSH-10";
  EXPECT_NE(msa->GetFieldByName("message_control_id_2"), nullptr) << "MSA-2: of the message that is answered";
}

}  // namespace
}  // namespace lakeflow
