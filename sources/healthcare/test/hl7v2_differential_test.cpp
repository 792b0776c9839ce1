// The decoder against a plain one, on messages made by chance: all kinds of values at all kinds of places, odd delimiters, broken texts.

#include <array>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_differential.h"

namespace lakeflow::hl7v2 {
namespace {

class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : random_(seed) {}

  std::string write() {
    static constexpr std::array<std::string_view, 6> kDelimiters = {"|^~\\&", "|^~\\&", "|^~\\&#", "$%*!@", "|^~", "|^"};
    static constexpr std::array<std::string_view, 6> kSets = {"", "", "UNICODE UTF-8", "8859/1", "ISO IR87", "ASCII~8859/15"};
    static constexpr std::array<std::string_view, 8> kNames = {"PID", "PID", "OBX", "OBX", "OBR", "NTE", "PV1", "ZZZ"};
    static constexpr std::array<std::string_view, 4> kEnds = {"\r", "\r", "\r\n", "\n"};
    delimiters_ = of(kDelimiters);
    const std::string end(of(kEnds));
    std::string set(of(kSets));
    std::ranges::replace(set, '~', delimiters_.size() > 2 ? delimiters_[2] : '~');
    const char f = delimiters_[0];
    std::string text = "MSH" + std::string(delimiters_);
    for (int field = 3; field <= 18; ++field) {
      text += f;
      text += field == 9 ? "ORU" + std::string(1, delimiters_[1]) + "R01" : field == 18 ? set : below(3) == 0 ? value() : "";
    }
    for (std::uint64_t i = 0; i < below(6); ++i) {
      text += end + std::string(of(kNames));
      for (std::uint64_t n = below(45); n > 0; --n) {
        text += f;
        text += below(3) == 0 ? field() : "";
      }
    }
    return text + (below(2) == 0 ? end : "");
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  template <std::size_t N>
  std::string_view of(const std::array<std::string_view, N>& choices) {
    return choices[below(N)];
  }

  std::string field() {
    std::string text;
    for (std::uint64_t n = 1 + below(2) * below(8); n > 0; --n) {
      text += below(4) == 0 ? "" : value();
      text += n > 1 ? std::string(1, delimiters_[1 + below(delimiters_.size() - 1)]) : "";
    }
    return text;
  }

  std::string value() {
    static constexpr std::array<std::string_view, 30> kValues = {"1",
                                                                 "-4",
                                                                 "+7",
                                                                 "1.50",
                                                                 "1e5",
                                                                 "0.12345678901234567890",
                                                                 "007",
                                                                 ".5",
                                                                 "5.",
                                                                 "\"\"",
                                                                 "2024",
                                                                 "202401",
                                                                 "20240229",
                                                                 "20230229",
                                                                 "20240101120045.1234+0100",
                                                                 "202401011200-0500",
                                                                 "1030",
                                                                 "a",
                                                                 "Müller",
                                                                 "x\xE9y",
                                                                 "\\T\\",
                                                                 "\\X41\\",
                                                                 "\\XE9\\",
                                                                 "\\.br\\",
                                                                 "\\",
                                                                 "a text that is longer than one of the usual short values",
                                                                 "M",
                                                                 "MSH",
                                                                 "NM",
                                                                 "a\x1b(B"};
    if (below(40) == 0) {
      return std::string(below(300), 'y');
    }
    return std::string(of(kValues));
  }

  std::mt19937_64 random_;
  std::string_view delimiters_;
};

TEST(Hl7Differential, TheDecoderAgreesWithAPlainOne) {
  Differential differential({"MSH", "PID", "PV1", "OBR", "OBX", "NTE", "MSA", "IN1"});
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    RandomMessage random(seed);
    std::vector<std::string> messages;
    for (std::uint64_t i = 0; i < 1 + seed % 20; ++i) {
      messages.push_back(random.write());
    }
    ASSERT_EQ(differential.first_difference(messages), "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace lakeflow::hl7v2
