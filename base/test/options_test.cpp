#include "base/options.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

TEST(Options, ReadDurationsAndSizesWithTheirUnits) {
  EXPECT_THAT(parse_duration_seconds("90"), Optional(90.0));
  EXPECT_THAT(parse_duration_seconds("250ms"), Optional(0.25));
  EXPECT_THAT(parse_duration_seconds("1.5h"), Optional(5400.0));
  EXPECT_THAT(parse_duration_seconds("2d"), Optional(172800.0));
  EXPECT_THAT(parse_bytes("64kb"), Optional(65536));
  EXPECT_THAT(parse_bytes("2gb"), Optional(2147483648));
  for (const char* text : {"", "m", "-1s", "1 h", "1x", "nan", "1e400"}) {
    EXPECT_EQ(parse_duration_seconds(text), std::nullopt) << text;
    EXPECT_EQ(parse_bytes(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_bytes("99999999999gb"), std::nullopt);
}

TEST(Options, SayWhichIsWrongAndNotWhatItHolds) {
  const Options options{{"page_size", "hunter2"}};
  const auto page_size = options.integer("page_size");
  ASSERT_FALSE(page_size);
  EXPECT_EQ(page_size.error().kind(), ErrorKind::kUser);
  EXPECT_THAT(page_size.error().message(), HasSubstr("page_size"));
  EXPECT_THAT(page_size.error().message(), Not(HasSubstr("hunter2")));
  EXPECT_EQ(*options.integer("absent"), std::nullopt);
}

TEST(Options, TakeIntegersAndBooleansWhole) {
  EXPECT_THAT(parse_integer("-9223372036854775808"), Optional(INT64_MIN));
  for (const char* text : {"", "1.0", "9223372036854775808", "12x", " 1"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
  EXPECT_THAT(parse_boolean("true"), Optional(true));
  EXPECT_EQ(parse_boolean("yes"), std::nullopt);
}

TEST(NearestName, FindsWhatWasMeantAndGuessesNoFurther) {
  const std::vector<std::string> known{"fhir_base_url", "storage_path", "page_size"};
  EXPECT_THAT(nearest_name("fhir_base_uri", known), Optional(std::string("fhir_base_url")));
  EXPECT_THAT(nearest_name("pagesize", known), Optional(std::string("page_size")));
  EXPECT_EQ(nearest_name("window_seconds", known), std::nullopt);
  const std::vector<std::string> segments{"apr", "obx", "pid"};
  EXPECT_THAT(nearest_name("PID", segments), Optional(std::string("pid")));
  EXPECT_THAT(nearest_name("pidd", segments), Optional(std::string("pid")));
  EXPECT_THAT(nearest_name("pdi", segments), Optional(std::string("pid")));
  EXPECT_EQ(nearest_name("zpi", segments), std::nullopt);
}

}  // namespace
}  // namespace lakeflow
