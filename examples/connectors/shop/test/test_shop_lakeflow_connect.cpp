// The suite that every connector has to pass, on the simulated source (simulator/shop.yaml).

#include <algorithm>

#include <gmock/gmock.h>

#include "simulator/api/api_simulator.h"
#include "sources/shop/shop_connector.h"
#include "testing/connector/connector_suite.h"
#include "testing/connector/simulated_writes.h"
#include "testing/connector/table_reading.h"

namespace lakeflow {
namespace {

class ShopTest : public testing::Test {
 protected:
  // The simulated source has nothing deleted at first: so the suite finds an order that is changed and two that are gone.
  void SetUp() override {
    ASSERT_TRUE(simulator_->put("orders", R"({"id": "R-1", "status": "paid", "customer": {"id": "C-1", "name": "made up"}, "amount": 12.50})"));
    ASSERT_TRUE(simulator_->remove("orders", "R-2"));
    ASSERT_TRUE(simulator_->remove("orders", "R-3"));
  }

  Options options() const { return {{"base_url", simulator_->base_url()}}; }
  std::unique_ptr<LakeflowConnect> connector() const {
    return shop_connector().make(shop_connector().spec.check_connection_options(options()).value()).value();
  }

  const std::unique_ptr<ApiSimulator> simulator_ = ApiSimulator::start({.description = LAKEFLOW_CONNECTOR_DIR "/simulator/shop.yaml"}).value();
  SimulatedWrites writes_{*simulator_};
};

TEST_F(ShopTest, PassesTheSuite) {
  EXPECT_THAT(suite_failures(shop_connector(), options(), {"orders", "customers"}, {.has_deletes = true, .source_writes = &writes_}),
              testing::IsEmpty());
}

// A list for which nobody asks, as that of what was deleted, or not to its last page, holds what the connector does not see.
TEST_F(ShopTest, ReadsEachListOfTheSourceToItsEnd) {
  suite_failures(shop_connector(), options(), {"orders", "customers"}, {.checks = {"reads_to_its_end", "tells_of_deletes"}});
  for (const ApiCoverage::Item& item : simulator_->coverage().items) {
    const bool is_needed = item.what == "first page" || item.what == "last page";
    EXPECT_TRUE(!is_needed || item.count > 0) << "the " << item.what << " of " << item.endpoint << " was never asked for";
  }
}

TEST_F(ShopTest, ReadsOnlyWhatIsNewOfOrders) {
  EXPECT_EQ(connector()->read_table_metadata("orders", {})->ingestion_type, IngestionType::kCdcWithDeletes);
}

// A trap of this API: an order that is gone is in no list any more, and only /orders/deletions tells of it, to whoever reads on from where he was.
TEST_F(ShopTest, TellsOfAnOrderThatIsDeletedBetweenTwoReadings) {
  const auto shop = connector();
  const TableUnderTest orders{{"orders", {}}, shop->get_table_schema("orders", {}).value(), shop->read_table_metadata("orders", {}).value()};
  const TableReading first = read_table(*shop, orders, {.deletes = true});
  ASSERT_NE(first.last_place(), nullptr);
  ASSERT_TRUE(simulator_->remove("orders", "R-7"));
  const TableReading second = read_table(*shop, orders, {.offset = first.last_place()->offset, .state = first.state, .deletes = true});
  const auto tells_of = [](const TableReading& reading) {
    return std::ranges::any_of(reading.rows, [](const ReadRow& row) { return row.deleted && row.key == std::string("R-7") + kEndOfKey; });
  };
  EXPECT_FALSE(tells_of(first));
  EXPECT_TRUE(tells_of(second));
}

}  // namespace
}  // namespace lakeflow
