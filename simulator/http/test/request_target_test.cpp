#include "simulator/http/request_target.h"

#include <gmock/gmock.h>

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RequestTarget, IsSplitAndDecoded) {
  std::vector<std::string> segments;
  QueryParameters parameters;
  split_url("/orders//a%2Fb?since=2024-01-01T00%3A00%3A00%2B02:00&q=a+b&empty=&bare&&q=%zz", segments, parameters);
  EXPECT_THAT(segments, ElementsAre("orders", "a/b"));
  EXPECT_THAT(parameters,
              ElementsAre(Pair("since", "2024-01-01T00:00:00+02:00"), Pair("q", "a b"), Pair("empty", ""), Pair("bare", ""), Pair("q", "%zz")));
  EXPECT_EQ(shown_query(parameters), "since=2024-01-01T00:00:00+02:00&q=a b&empty=&bare=&q=%zz");
}

}  // namespace
}  // namespace lakeflow
