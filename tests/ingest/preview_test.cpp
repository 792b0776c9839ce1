#include "engine/ingest/preview.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/memory_source/memory_connector.h"

namespace lakeflow {
namespace {

using ::testing::HasSubstr;

struct Source {
  std::shared_ptr<MemorySystem> system =
      std::make_shared<MemorySystem>(MemorySystem::all_kinds(), MemoryContent{.bad_per_mille = 200, .odd_per_mille = 300});
  std::unique_ptr<LakeflowConnect> connector = memory_connector(system).make({}).value();
};

TEST(Preview, ShowsTheFirstRowsOfATableAndWhatDidNotFit) {
  Source source;
  source.system->set_length(5000);
  for (const char* table : {"patients", "visits", "wards"}) {
    const auto shown = preview({.connector = source.connector.get(), .table = {.table_name = table, .table_options = {}}, .rows = 25});
    ASSERT_TRUE(shown.has_value()) << shown.error().message();
    EXPECT_EQ(shown->rows, 25U);
    std::int64_t rows = 0;
    for (const auto& batch : shown->batches) {
      EXPECT_TRUE(batch->schema()->Equals(*shown->schema)) << table;
      rows += batch->num_rows();
    }
    EXPECT_EQ(rows, 25);
    EXPECT_EQ(shown->schema->fields().back()->name(), "_rescued_data");
    EXPECT_LT(shown->records_read, 1000U) << "it does not read the whole table";
  }
}

TEST(Preview, OfAnUnknownTableNamesTheNearest) {
  Source source;
  const auto shown = preview({.connector = source.connector.get(), .table = {.table_name = "visit", .table_options = {}}});
  ASSERT_FALSE(shown.has_value());
  EXPECT_EQ(shown.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(shown.error().next_step(), HasSubstr("visits"));
}

}  // namespace
}  // namespace lakeflow
