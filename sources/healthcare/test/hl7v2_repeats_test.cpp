// Messages that were sent twice: the later ones are flagged, across reads too, however a read is cut.

#include <algorithm>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sources/healthcare/hl7v2/repeats/seen_messages.h"
#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string message(std::string_view id, std::string_view text = "", std::string_view sender = "LAB|GH") {
  return fmt::format("MSH|^~\\&|{}|||20240305||ORU^R01|{}|P|2.5\rOBX|1|ST|X||{}\r", sender, id, text);
}

// Of each row of `messages` its id and what is said of it.
std::vector<std::string> flags(const Reading& reading) {
  std::vector<std::string> texts;
  const auto rows = reading.tables.find("messages");
  for (const std::string& row : rows == reading.tables.end() ? std::vector<std::string>() : rows->second) {
    const auto json = nlohmann::json::parse(row);
    const bool is_known = json.contains("is_repeated") && json.contains("reuses_control_id");
    texts.push_back(fmt::format("{}{}{}{}", json.value("message_control_id", "-"), is_known ? "" : " unknown",
                                json.value("is_repeated", false) ? " repeated" : "", json.value("reuses_control_id", false) ? " reused" : ""));
  }
  return texts;
}

TEST(Hl7Repeats, TheSameBytesAreRepeatedAndAnIdWithOthersIsReused) {
  Hl7TestSource source({}, {"messages", "obx"});
  source.folder().write("a.hl7", message("1", "x") + message("1", "x") + message("1", "y") + message("1", "x", "LAB|OTHER") + message("2") +
                                     message("1", "y") + message("", "no id") + message("", "no id either"));
  const Reading reading = source.read();
  EXPECT_THAT(flags(reading), ElementsAre("1", "1 repeated", "1 reused", "1", "2", "1 repeated", "-", "-"));
  EXPECT_EQ(reading.tables.at("obx").size(), 8U) << "every message is kept, in all tables";
}

TEST(Hl7Repeats, AreKnownAcrossReadsHoweverTheseAreCut) {
  for (const std::size_t calls : {std::size_t{1}, std::size_t{2}, std::size_t{3}, SIZE_MAX}) {
    Hl7TestSource source({}, {"messages"});
    std::string long_text(30'000, 'x');
    source.folder().write("a.hl7", message("1", long_text) + message("2", long_text));
    source.folder().write("b.hl7", message("1", long_text) + message("3", long_text) + message("2", "other"));
    std::vector<std::string> all;
    for (std::string end = "killed"; end == "killed";) {
      const Reading reading = source.read(64 << 10, calls);
      std::ranges::move(flags(reading), std::back_inserter(all));
      end = reading.end;
    }
    EXPECT_THAT(all, ElementsAre("1", "2", "1 repeated", "3", "2 reused")) << calls;
    source.folder().write("c.hl7", message("3", long_text) + message("4"));
    EXPECT_THAT(flags(source.read()), ElementsAre("3 repeated", "4"));
    source.forget_all();
    EXPECT_THAT(flags(source.read()), ElementsAre("1", "2", "1 repeated", "3", "2 reused", "3 repeated", "4")) << "a full refresh says the same";
  }
}

TEST(Hl7Repeats, AreNotLookedForWhereNobodyAsks) {
  Hl7TestSource without({{"repeat_memory", "0"}}, {"messages"});
  without.folder().write("a.hl7", message("1") + message("1"));
  EXPECT_THAT(flags(without.read()), ElementsAre("1 unknown", "1 unknown"));

  Hl7TestSource other_tables({}, {"obx"});
  other_tables.folder().write("a.hl7", message("1"));
  other_tables.read();
  EXPECT_EQ(other_tables.state().count("seen/0000000001"), 0U) << "no memory of messages without a table that tells of it";
}

TEST(Hl7Repeats, BrokenPiecesAreNotCompared) {
  Hl7TestSource source({}, {"messages"});
  source.folder().write("a.hl7", "text\r" + message("1") + "MSH|ab|A\r");
  EXPECT_THAT(flags(source.read()), ElementsAre("- unknown", "1", "- unknown"));
}

// What a state holds, as the next read finds it.
class State final : public StateLookup {
 public:
  void apply(const StateDelta::Entries& delta) {
    for (const auto& [key, value] : delta) {
      if (value) {
        entries.insert_or_assign(key, *value);
      } else {
        entries.erase(key);
      }
    }
  }
  Result<std::optional<std::string>> find(std::string_view) const override { return std::nullopt; }
  Status scan(std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const override {
    for (const auto& [key, value] : entries) {
      if (key.starts_with(prefix)) {
        LAKEFLOW_TRY(visit(key, value));
      }
    }
    return {};
  }

  std::map<std::string, std::string> entries;
};

hl7v2::MessageIdentity numbered(std::uint64_t number) {
  return hl7v2::MessageIdentity::of(fmt::format("MSH|^~\\&|A|B|||||ADT^A01|{}|P|2.5\r", number));
}

TEST(Hl7SeenMessages, ACommitWritesAFewEntriesAndTheStateStaysBounded) {
  constexpr std::uint64_t kMost = 20'000;
  constexpr std::uint64_t kMessages = 100'000;
  constexpr std::uint64_t kChunk = 1'000;
  State state;
  std::uint64_t met = 0;
  for (std::uint64_t number = 0; number < kMessages;) {
    hl7v2::SeenMessages seen(kMost);
    ASSERT_TRUE(seen.load(state, "messages"));
    for (std::uint64_t i = 0; i < 10 * kChunk; ++i) {
      ASSERT_EQ(seen.meet(numbered(number)), hl7v2::kIsCompared) << number;
      if (number >= kMost) {
        ASSERT_EQ(seen.meet(numbered(number - kMost + 1)), hl7v2::kIsCompared | hl7v2::kIsRepeated) << "one of the last " << kMost;
      }
      if (++number % kChunk == 0) {
        const StateDelta::Entries delta = seen.delta();
        EXPECT_LE(delta.size(), 4U);
        state.apply(delta);
      }
    }
    met = number;
  }
  EXPECT_EQ(met, kMessages);
  EXPECT_LE(state.entries.size(), kMost / hl7v2::SeenMessages::kSegmentMessages + 3);
  hl7v2::SeenMessages seen(kMost);
  ASSERT_TRUE(seen.load(state, "messages"));
  EXPECT_EQ(seen.meet(numbered(0)), hl7v2::kIsCompared) << "forgotten long ago";
  EXPECT_THAT(hl7v2::SeenMessages(kMost).delta(), IsEmpty());
}

TEST(Hl7SeenMessages, AnEntryThatSomebodyChangedIsAnError) {
  State state;
  state.entries["seen/0000000001"] = "no list";
  hl7v2::SeenMessages seen(100);
  const Status loaded = seen.load(state, "messages");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::kUser);
}

TEST(Hl7MessageIdentity, IsOfTheSenderTheIdAndTheBytes) {
  using hl7v2::MessageIdentity;
  const auto one = MessageIdentity::of("MSH|^~\\&|AB|C|||||ADT^A01|1|P|2.5\rPID|1");
  EXPECT_EQ(one.sender_and_id, MessageIdentity::of("MSH|^~\\&|AB|C|x||||ADT^A08|1|P|2.5\rPID|2").sender_and_id);
  EXPECT_NE(one.sender_and_id, MessageIdentity::of("MSH|^~\\&|A|BC|||||ADT^A01|1|P|2.5\rPID|1").sender_and_id) << "fields do not run together";
  EXPECT_NE(one.content, MessageIdentity::of("MSH|^~\\&|AB|C|||||ADT^A01|1|P|2.5\rPID|2").content);
  EXPECT_EQ(MessageIdentity::of("MSH").sender_and_id, 0U);
  EXPECT_EQ(MessageIdentity::of("MSH|^~\\&|A|B|||||ADT^A01").sender_and_id, 0U);
}

}  // namespace
}  // namespace lakeflow
