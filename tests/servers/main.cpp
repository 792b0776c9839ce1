#include <gtest/gtest.h>

#include "tests/servers/hapi_fixture.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(std::make_unique<lakeflow::HapiEnvironment>().release());
  return RUN_ALL_TESTS();
}
