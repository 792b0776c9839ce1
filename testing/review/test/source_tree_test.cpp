#include "testing/review/source_tree.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

TEST(CodeAlone, LeavesOutCommentsAndWhatStandsInLiterals) {
  EXPECT_EQ(code_alone("a; // int main()\nb;"), "a;              \nb;");
  EXPECT_EQ(code_alone("a /* int\nmain */ b"), "a       \n        b");
  EXPECT_EQ(code_alone("f(\"std::cout\\\" \", 'x', 1'000);"), "f(\"            \", ' ', 1'000);");
  EXPECT_EQ(code_alone("R\"x(a\n\")b)x\";"), "     \n      ;");
}

TEST(CodeAlone, KeepsIncludes) { EXPECT_EQ(code_alone("#include \"libs/http/client.h\"\n"), "#include \"libs/http/client.h\"\n"); }

TEST(CodeAlone, KeepsPlaces) {
  const std::string text = "auto u8name = u8\"ü\"; // ü\n'\\'' \"unclosed\nnext";
  const std::string code = code_alone(text);
  EXPECT_EQ(code.size(), text.size());
  EXPECT_EQ(line_of(code, code.find("next")), 3U);
}

}  // namespace
}  // namespace lakeflow
