#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "destinations/interface/destination.h"

namespace lakeflow::testing {

// A kind of destination under test.
struct DestinationSubject {
  std::string name;
  // Opens the one destination of the folder: makes it, or finds it as it was left.
  std::function<Result<std::unique_ptr<Destination>>(const std::filesystem::path& folder, bool read_only)> open;
  bool keeps = true;    // it is there when it is opened again, and one process at a time may write it
  bool has_sql = true;  // query() takes all of SQL, and `_lakeflow` can be asked
  // The values of the column `id` of table clinic.t as one finds them who lists the destination's files without us; empty where there are none.
  std::function<std::string(const std::filesystem::path& folder)> listed_ids = {};
};

inline void PrintTo(const DestinationSubject& subject, std::ostream* out) { *out << subject.name; }

// The contract of destinations/interface/destination.h, and faults against it. A destination runs all of it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(Parquet, DestinationContract, ::testing::Values(parquet_subject()));
class DestinationTest : public ::testing::TestWithParam<DestinationSubject> {
 protected:
  DestinationTest();
  ~DestinationTest() override;

  // Fails the test where it does not open.
  std::unique_ptr<Destination> open(bool read_only = false) const;
  // "kind: message / next step" of opening it; empty where it opens.
  std::string opening_error(bool read_only = false) const;

  std::filesystem::path folder_;
};

class DestinationContract : public DestinationTest {};
class DestinationFaults : public DestinationTest {};  // its executable has a kill_point() that kills (fault_suite.cpp)

}  // namespace lakeflow::testing
