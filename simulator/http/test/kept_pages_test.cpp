#include "simulator/http/kept_pages.h"

#include <set>

#include <gmock/gmock.h>

namespace lakeflow {
namespace {

TEST(KeptPages, AreFoundAgainByTheirTokens) {
  KeptPages<std::string> kept(7);
  const std::string token = PageToken{.list = kept.keep(std::make_shared<std::string>("orders")), .offset = 250}.text();
  const auto parsed = PageToken::parse(token);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*kept.find(parsed->list), "orders");
  EXPECT_EQ(parsed->offset, 250U);
}

TEST(KeptPages, WhatWasNotGivenOutIsNoToken) {
  KeptPages<std::string> kept(7);
  const std::string name = kept.keep(std::make_shared<std::string>("orders"));
  for (const std::string& text : {std::string(), std::string("2"), name, name + "2g", name + "-1", name + "fffffffffffffffff"}) {
    EXPECT_FALSE(PageToken::parse(text)) << text;
  }
  EXPECT_EQ(kept.find("0123456789abcdef"), nullptr);
}

TEST(KeptPages, TheOldestGiveWay) {
  KeptPages<int> kept(7);
  std::vector<std::string> names;
  for (int number = 0; number <= 1000; ++number) {
    names.push_back(kept.keep(std::make_shared<int>(number)));
  }
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), 1001U);
  EXPECT_EQ(kept.find(names.front()), nullptr);
  EXPECT_EQ(*kept.find(names[1]), 1);
  EXPECT_EQ(*kept.find(names.back()), 1000);
}

}  // namespace
}  // namespace lakeflow
