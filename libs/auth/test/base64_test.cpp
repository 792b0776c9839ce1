#include "libs/auth/base64.h"

#include <string>

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(Base64, IsThatOfTheStandard) {  // RFC 4648 §10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Base64, OfUrlsHasOtherDigitsAndNoPadding) {
  EXPECT_EQ(base64url("\xff\xfe\xfd\xfc"), "__79_A");
  for (const std::string& bytes : {std::string(), std::string("f"), std::string("fo"), std::string("foo"), std::string("\0\xff", 2)}) {
    EXPECT_EQ(parse_base64url(base64url(bytes)), bytes);
  }
  for (const char* text : {"Zg==", "Zm9v+", "a", "Zm 9", "Zm9vY"}) {
    EXPECT_EQ(parse_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace lakeflow
