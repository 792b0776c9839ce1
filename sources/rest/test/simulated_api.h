#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/api/api_simulator.h"

namespace lakeflow {

// A source that a test describes (docs/simulator.md).
inline std::unique_ptr<ApiSimulator> simulated_api(std::string_view description, std::vector<std::string> faults = {}) {
  const std::filesystem::path folder =
      std::filesystem::path(testing::TempDir()) / (std::string("simulated_api_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / "api.yaml";
  std::ofstream(file) << description;
  auto simulator = ApiSimulator::start({.description = file, .faults = std::move(faults)});
  EXPECT_TRUE(simulator) << simulator.error().message();
  return *std::move(simulator);
}

}  // namespace lakeflow
