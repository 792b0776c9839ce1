// The suite that every connector has to pass, on the simulated source (simulator/shop.yaml).

#include <gmock/gmock.h>

#include "simulator/api/api_simulator.h"
#include "sources/shop/shop_connector.h"
#include "testing/connector/connector_suite.h"

namespace lakeflow {
namespace {

class ShopTest : public testing::Test {
 protected:
  Options options() const { return {{"base_url", simulator_->base_url()}}; }

  const std::unique_ptr<ApiSimulator> simulator_ = ApiSimulator::start({.description = LAKEFLOW_CONNECTOR_DIR "/simulator/shop.yaml"}).value();
};

TEST_F(ShopTest, PassesTheSuite) { EXPECT_THAT(suite_failures(shop_connector(), options(), {"orders", "customers"}), testing::IsEmpty()); }

TEST_F(ShopTest, ReadsOnlyWhatIsNewOfOrders) {
  const auto connector = shop_connector().make(shop_connector().spec.check_connection_options(options()).value()).value();
  EXPECT_EQ(connector->read_table_metadata("orders", {})->ingestion_type, IngestionType::kCdcWithDeletes);
}

}  // namespace
}  // namespace lakeflow
