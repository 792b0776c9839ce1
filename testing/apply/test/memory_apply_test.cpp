#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/apply/apply_suite.h"
#include "testing/apply/memory_destination.h"

namespace lakeflow {
namespace {

using ::testing::IsEmpty;

Result<std::unique_ptr<Destination>> in_memory() { return make_memory_destination(); }

TEST(MemoryApply, Cases) { EXPECT_THAT(run_apply_cases(LAKEFLOW_SOURCE_DIR "/testing/apply/cases", in_memory), IsEmpty()); }

TEST(MemoryApply, Property) { EXPECT_THAT(run_apply_property({.operations = 2'000, .seed = 1}, in_memory), IsEmpty()); }

}  // namespace
}  // namespace lakeflow
