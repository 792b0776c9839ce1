#include "testing/destination/destination_suite.h"

#include <stdlib.h>

#include "testing/destination/slice_text.h"

namespace lakeflow::testing {

DestinationTest::DestinationTest() {
  std::string name = (std::filesystem::temp_directory_path() / "lakeflow-destination-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  folder_ = name;
}

DestinationTest::~DestinationTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::unique_ptr<Destination> DestinationTest::open(bool read_only) const {
  Result<std::unique_ptr<Destination>> destination = GetParam().open(folder_, read_only);
  if (!destination) {
    ADD_FAILURE() << text_of(destination.error());
    return nullptr;
  }
  return *std::move(destination);
}

std::string DestinationTest::opening_error(bool read_only) const {
  const Result<std::unique_ptr<Destination>> destination = GetParam().open(folder_, read_only);
  return destination ? "" : text_of(destination.error());
}

}  // namespace lakeflow::testing
