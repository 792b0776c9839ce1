#include "simulator/relay/link_rewriting.h"

#include <gtest/gtest.h>

namespace lakeflow {
namespace {

constexpr std::string_view kFrom = "https://fhir.example.org/r4";
constexpr std::string_view kTo = "http://127.0.0.1:4711/r4";

TEST(LinkRewriting, PutsOneBaseForTheOther) {
  EXPECT_EQ(with_other_base(R"({"url":"https://fhir.example.org/r4?page=2","base":"https://fhir.example.org/r4"})", kFrom, kTo),
            R"({"url":"http://127.0.0.1:4711/r4?page=2","base":"http://127.0.0.1:4711/r4"})");
  EXPECT_EQ(with_other_base("<https://fhir.example.org/r4/Patient?page=2>; rel=\"next\"", kFrom, kTo),
            "<http://127.0.0.1:4711/r4/Patient?page=2>; rel=\"next\"");
  EXPECT_EQ(with_other_base(R"("https:\/\/fhir.example.org\/r4\/Patient")", kFrom, kTo), R"("http:\/\/127.0.0.1:4711\/r4\/Patient")");
}

TEST(LinkRewriting, LeavesWhatOnlyBeginsAlike) {
  for (const char* const other : {"https://fhir.example.org/r40/Patient", "https://fhir.example.org/r", "http://fhir.example.org/r4", ""}) {
    EXPECT_EQ(with_other_base(other, kFrom, kTo), other);
  }
  EXPECT_EQ(with_other_base("https://a.example.com/", "https://a.example", "http://x"), "https://a.example.com/");
}

}  // namespace
}  // namespace lakeflow
