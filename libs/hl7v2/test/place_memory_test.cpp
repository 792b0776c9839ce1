// What is remembered of messages must never show: each segment stands where one finds it who has met no message before.

#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libs/hl7v2/segment_placer.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::string_view kHeader = "MSH|^~\\&|A|B|C|D|20240501||";

std::string shown(SegmentPlacer& placer, const std::string& text) {
  Tokenizer tokenizer;
  MessageTokens message;
  EXPECT_TRUE(tokenizer.tokenize(text, message));
  const MessagePlaces& places = placer.place(message, FirstFields(message, message.segments.front()));
  EXPECT_EQ(places.segments.size(), message.segments.size());
  std::string out(places.structure.name);
  for (std::uint32_t i = 0; i < places.segments.size(); ++i) {
    const SegmentPlace& place = places.segments[i];
    out += fmt::format(" {}:{}:{}:{}", places.path(i), place.parent, place.patient, place.is_placed);
  }
  return out;
}

// A message of a structure out of few, and after its header segments out of few names: many begin alike.
std::string random_message(std::mt19937_64& random, const std::vector<std::string>& names, std::size_t most) {
  static const std::vector<std::string> kTypes = {"ORU^R01^ORU_R01|1|P|2.5.1", "ORU^R01|1|P|2.3", "ADT^A01^ADT_A01|1|P|2.5", "SIU^S12|1|P|2.4",
                                                  "ZZZ^Z01|1|P|9"};
  std::string text = std::string(kHeader) + kTypes[random() % kTypes.size()] + "\r";
  for (std::size_t i = random() % most; i > 0; --i) {
    text += names[random() % names.size()] + "|1\r";
  }
  return text;
}

void expect_as_without_memory(const std::vector<std::string>& names, std::size_t most, int messages) {
  std::mt19937_64 random(7);
  SegmentPlacer experienced;
  for (int i = 0; i < messages; ++i) {
    const std::string text = random_message(random, names, most);
    SegmentPlacer fresh;
    const std::string expected = shown(fresh, text);
    ASSERT_EQ(shown(experienced, text), expected) << text;
    ASSERT_EQ(shown(experienced, text), expected) << "again: " << text;
  }
}

TEST(PlaceMemory, DoesNotShowInOrdinaryMessages) {
  expect_as_without_memory({"PID", "PV1", "ORC", "OBR", "OBX", "OBX", "OBX", "NTE", "ZXX"}, 30, 3000);
}

TEST(PlaceMemory, DoesNotShowInMessagesThatAreLongerThanItKeeps) { expect_as_without_memory({"PID", "OBR", "OBX", "NTE"}, 600, 150); }

TEST(PlaceMemory, DoesNotShowWhereNamesAreMadeUp) {
  std::vector<std::string> names = {"PID", "OBX"};
  for (int i = 0; i < 100; ++i) {
    names.push_back(fmt::format("Z{:02}", i));
  }
  expect_as_without_memory(names, 6, 2000);
}

}  // namespace
}  // namespace lakeflow::hl7v2
