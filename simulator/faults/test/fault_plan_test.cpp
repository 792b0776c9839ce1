#include "simulator/faults/fault_plan.h"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using testing::HasSubstr;

constexpr FaultKind kKinds[] = {
    {.name = "status", .value = FaultKind::Value::kNumber, .default_value = "", .choice = "", .help = ""},
    {.name = "throttle", .value = FaultKind::Value::kNumberOrDate, .default_value = "1", .choice = "", .help = ""},
    {.name = "ignore-sort", .value = FaultKind::Value::kChoice, .default_value = "", .choice = "silently", .help = ""},
    {.name = "hang", .value = FaultKind::Value::kNone, .default_value = "", .choice = "", .help = ""},
};

Fault fault(std::string_view text) {
  auto parsed = parse_fault(text, kKinds);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Fault{});
}

TEST(ParseFault, ReadsNameValueScheduleAndSubject) {
  EXPECT_EQ(fault("hang"), (Fault{.name = "hang", .value = "", .subject = "", .schedule = {}}));
  EXPECT_EQ(fault("throttle"), (Fault{.name = "throttle", .value = "1", .subject = "", .schedule = {}}));
  EXPECT_EQ(fault("throttle=date"), (Fault{.name = "throttle", .value = "date", .subject = "", .schedule = {}}));
  EXPECT_EQ(fault("ignore-sort=silently@Patient"), (Fault{.name = "ignore-sort", .value = "silently", .subject = "Patient", .schedule = {}}));
  EXPECT_EQ(fault("status=503:2@Patient"),
            (Fault{.name = "status", .value = "503", .subject = "Patient", .schedule = {.kind = FaultSchedule::Kind::kFirst, .count = 2}}));
  EXPECT_EQ(fault("hang:#7").schedule, (FaultSchedule{.kind = FaultSchedule::Kind::kNumber, .count = 7}));
  EXPECT_EQ(fault("hang:2.5%").schedule, (FaultSchedule{.kind = FaultSchedule::Kind::kPercent, .percent = 2.5}));
}

TEST(ParseFault, SaysWhatIsWrong) {
  const struct {
    std::string_view text;
    std::string_view complaint;
  } cases[] = {
      {"statsu=500", "did you mean status?"},
      {"nonsense", "known are status, throttle, ignore-sort, hang"},
      {"", "known are"},
      {"status", "needs a number"},
      {"status=abc", "needs a number"},
      {"throttle=soon", "'date'"},
      {"ignore-sort=loudly", "only the value 'silently'"},
      {"hang=3", "takes no value"},
      {"hang:0", "schedule"},
      {"hang:", "schedule"},
      {"hang:101%", "schedule"},
      {"hang:%", "schedule"},
      {"hang:#x", "schedule"},
      {"hang@", "after '@'"},
  };
  for (const auto& [text, complaint] : cases) {
    const auto parsed = parse_fault(text, kKinds);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::kUser);
    EXPECT_THAT(parsed.error().message() + " " + parsed.error().next_step(), HasSubstr(std::string(complaint))) << text;
  }
}

// One letter for each of `count` events: x where the fault struck.
std::string strikes(FaultPlan& plan, std::string_view name, std::string_view subject, int count) {
  std::string seen;
  for (int i = 0; i < count; ++i) {
    seen += plan.strikes(name, subject) ? 'x' : '.';
  }
  return seen;
}

TEST(FaultPlan, KeepsToTheSchedule) {
  FaultPlan plan(1);
  plan.add(fault("hang"));
  plan.add(fault("status=503:2"));
  plan.add(fault("throttle:#3"));
  EXPECT_EQ(strikes(plan, "hang", "", 4), "xxxx");
  EXPECT_EQ(strikes(plan, "status", "", 4), "xx..");
  EXPECT_EQ(strikes(plan, "throttle", "", 4), "..x.");
  EXPECT_EQ(strikes(plan, "ignore-sort", "", 4), "....");
}

TEST(FaultPlan, CountsOnlyTheSubject) {
  FaultPlan plan(1);
  plan.add(fault("status=403:1@Patient"));
  EXPECT_EQ(strikes(plan, "status", "Encounter", 2), "..");
  EXPECT_EQ(strikes(plan, "status", "Patient", 2), "x.");
}

TEST(FaultPlan, SeveralOfANameShareTheEvents) {
  FaultPlan plan(1);
  plan.add(fault("status=500:1"));
  plan.add(fault("status=503:2"));
  EXPECT_EQ(plan.strikes("status", ""), "500");
  EXPECT_EQ(plan.strikes("status", ""), "503");
  EXPECT_EQ(plan.strikes("status", ""), std::nullopt);
}

TEST(FaultPlan, APercentageFollowsFromTheSeed) {
  const auto run = [](std::uint64_t seed) {
    FaultPlan plan(seed);
    plan.add(fault("hang:10%"));
    return strikes(plan, "hang", "", 10000);
  };
  const std::string once = run(1);
  EXPECT_EQ(once, run(1));
  EXPECT_NE(once, run(2));
  EXPECT_NEAR(static_cast<double>(std::ranges::count(once, 'x')), 1000, 100);
}

TEST(FaultPlan, ClearEndsAll) {
  FaultPlan plan(1);
  plan.add(fault("hang"));
  plan.clear();
  EXPECT_EQ(strikes(plan, "hang", "", 2), "..");
}

}  // namespace
}  // namespace lakeflow
