// The suite on a source that changes with each request: no false alarm, and mistakes are found all the same.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "testing/connector/connector_suite.h"
#include "testing/connector/test/planted_live_connector.h"

namespace lakeflow {
namespace {

using testing::Contains;
using testing::IsEmpty;

std::vector<CheckResult> failures(LiveMistake mistake) {
  return suite_failures(planted_live_connector(mistake), {{"page_size", "20"}}, {"changes", "events", "codes"});
}

auto fails(const std::string& check) { return Contains(testing::Field(&CheckResult::check, check)); }

TEST(SuiteOnLiveSource, PassesASoundConnector) { EXPECT_THAT(failures(LiveMistake::kNone), IsEmpty()); }

TEST(SuiteOnLiveSource, FindsAnOffsetThatIsAheadOfItsRows) {
  EXPECT_THAT(failures(LiveMistake::kOffsetAheadOfRows), fails("resumes_at_each_offset"));
}

TEST(SuiteOnLiveSource, FindsRowsThatAreLostAtABatchsBorder) {
  EXPECT_THAT(failures(LiveMistake::kLosesSmallBatches), fails("reads_the_same_in_small_batches"));
}

TEST(SuiteOnLiveSource, TellsATableThatIsCutFromOneThatGrows) {
  EXPECT_THAT(failures(LiveMistake::kTakesAPageForAll), fails("brings_nothing_again_when_caught_up"));
}

}  // namespace
}  // namespace lakeflow
