#include "simulator/api/json_place.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNext = "meta.link[relation=next].url";

TEST(JsonPlace, MayChooseAnObjectOfAList) {
  Json document;
  set_at(document, kNext, "/2");
  set_at(document, "meta.link[relation=self].url", "/1");
  set_at(document, kNext, "/3");
  EXPECT_EQ(document, Json::parse(R"({"meta":{"link":[{"relation":"next","url":"/3"},{"relation":"self","url":"/1"}]}})"));
  EXPECT_EQ(text_at(document, kNext), "/3");
  EXPECT_EQ(text_at(document, "meta.link[relation=prev].url"), "");
  EXPECT_EQ(list_of_choice(kNext), "meta.link");
  EXPECT_EQ(list_of_choice("meta.link"), "");
  EXPECT_EQ(with_choice(kNext, "self"), "meta.link[relation=self].url");
  EXPECT_EQ(text_at(Json::parse(R"({"l":[{"rel":"a.b","to":{"href":"/4"}}]})"), "l[rel=a.b].to.href"), "/4");
}

TEST(JsonPlace, OfTwoThatAreMeantIsNone) {
  const Json twice = Json::parse(R"({"meta":{"link":[{"relation":"next","url":"/2"},{"relation":"next","url":"/3"}]}})");
  EXPECT_EQ(find_at(twice, kNext), nullptr);
  EXPECT_EQ(doubt_at(twice, kNext), "2 objects in the list meta.link with relation next");
  EXPECT_EQ(doubt_at(twice, "meta.link.url"), "a list at meta.link, of which nothing is chosen");
  EXPECT_EQ(doubt_at(twice, "meta.link"), "") << "what it leads to is there";
  EXPECT_EQ(doubt_at(Json::parse(R"({"meta":{"link":[{"relation":"self"}]}})"), kNext), "");
}

TEST(JsonPlace, IsWrittenWithAMemberAValueAndWhatFollows) {
  for (const char* const place : {"", "next", "meta.next", kNext, "a.b[c=d].e[f=g].h"}) EXPECT_TRUE(is_place(place)) << place;
  for (const char* const place : {"link[", "link]", "link[].url", "link[next].url", "link[relation=].url", "link[relation=next]",
                                  "link[relation=next].", "link[relation=next]url.x", "link[a[b=c].d"}) {
    EXPECT_FALSE(is_place(place)) << place;
  }
}

}  // namespace
}  // namespace lakeflow
