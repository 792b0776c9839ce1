#include "simulator/comparison/json_members.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

JsonMembers members(const char* text) {
  JsonMembers made;
  add_members(nlohmann::ordered_json::parse(text), made);
  return made;
}

TEST(JsonMembers, TellsWhereTwoDocumentsPartAndNoValue) {
  EXPECT_THAT(compare_members(members(R"({"id": 1, "items": [{"price": 1}], "note": null})"),
                              members(R"({"id": 2, "items": [{"price": 2.5}], "note": "x"})")),
              IsEmpty());
  EXPECT_THAT(compare_members(members(R"({"id": 1, "a": {"b": 1}, "items": [{"price": 1}]})"),
                              members(R"({"id": "1", "items": [{"cost": 1}], "c": {"d": 1}})")),
              ElementsAre("the live source has no a", "id is a number, live a text", "the live source has no items[].price",
                          "the description has no c", "the description has no items[].cost"));
}

}  // namespace
}  // namespace lakeflow
