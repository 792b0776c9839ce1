// What is said where DuckDB ends the process by std::terminate.
#include "tools/builtin/last_words.h"

#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

namespace lakeflow {
namespace {

void fail(const char* what) { throw std::runtime_error(what); }

// What can't throw and does ends in std::terminate.
void end_by(const char* what) noexcept {
  say_last_words("error: ", "next: ");
  fail(what);
}

TEST(LastWordsDeathTest, OfDuckDbSayWhatToDoAndNoValues) {
  EXPECT_EXIT(end_by(R"({"exception_type":"INTERNAL","exception_message":"Quillfeather"})"), ::testing::ExitedWithCode(5),
              "^error: DuckDB could not take back a commit[^Q]*\nnext: Make room[^Q]*\n$");
}

TEST(LastWordsDeathTest, OthersEndAsTheyDid) { EXPECT_EXIT(end_by("ours"), ::testing::KilledBySignal(SIGABRT), ""); }

}  // namespace
}  // namespace lakeflow
