#include <gtest/gtest.h>

#include "libs/files/file_store.h"

namespace lakeflow {
namespace {

bool plain(const char* pattern, const char* path) { return matches({.pattern = pattern}, path); }
bool packed(const char* pattern, const char* path) { return matches({.pattern = pattern, .is_packed_too = true}, path); }
bool inside(const char* pattern, const char* archive, const char* member) {
  return matches_in_archive({.pattern = pattern, .is_packed_too = true}, archive, member);
}

TEST(FileQuery, MatchesNamesOrPaths) {
  EXPECT_TRUE(plain("*.hl7", "adt.hl7"));
  EXPECT_TRUE(plain("*.hl7", "in/adt.hl7"));
  EXPECT_FALSE(plain("*.hl7", "adt.hl7.gz"));
  EXPECT_FALSE(plain("*.hl7", "day.zip"));
  EXPECT_TRUE(plain("in/*.hl7", "in/adt.hl7"));
  EXPECT_FALSE(plain("in/*.hl7", "in/deep/adt.hl7"));
  EXPECT_FALSE(plain("in/*.hl7", "adt.hl7"));
  EXPECT_FALSE(plain("*", ".hidden"));
}

TEST(FileQuery, KnowsPackedFilesByTheirNames) {
  for (const char* path : {"adt.hl7", "adt.hl7.gz", "adt.hl7.ZST", "in/adt.hl7.gz", "day.zip", "day.tar", "day.TAR.gz", "day.tgz", "day.tar.zst",
                           "day.tzst", "in/day.zip"}) {
    EXPECT_TRUE(packed("*.hl7", path)) << path;
  }
  for (const char* path : {"adt.txt", "adt.txt.gz", ".adt.hl7.gz", ".day.zip", ".zip", "day.zipped", "day.rar", "adt.hl7.bak"}) {
    EXPECT_FALSE(packed("*.hl7", path)) << path;
  }
  EXPECT_TRUE(packed("in/*.hl7", "in/day.zip"));
  EXPECT_TRUE(packed("in/*.hl7", "in/adt.hl7.gz"));
  EXPECT_FALSE(packed("in/*.hl7", "day.zip"));
  EXPECT_FALSE(packed("in/*.hl7", "in/deep/day.zip"));
  EXPECT_TRUE(packed("*.gz", "adt.hl7.gz"));
}

TEST(FileQuery, ChoosesMembersOfArchives) {
  EXPECT_TRUE(inside("*.hl7", "day.zip", "adt.hl7"));
  EXPECT_TRUE(inside("*.hl7", "day.zip", "2024/05/adt.hl7.gz"));
  EXPECT_FALSE(inside("*.hl7", "day.zip", "readme.txt"));
  EXPECT_FALSE(inside("*.hl7", "day.zip", "__MACOSX/._adt.hl7"));
  EXPECT_TRUE(inside("in/*.hl7", "in/day.zip", "adt.hl7"));
  EXPECT_TRUE(inside("day*.zip", "day1.zip", "adt.txt")) << "who asks for the archive asks for what is in it";
  EXPECT_FALSE(inside("day*.zip", "day1.zip", ".hidden"));
  EXPECT_TRUE(inside("*", "day.zip", "a/adt.txt"));
  EXPECT_FALSE(inside("*", "day.zip", "a/.hidden"));
}

}  // namespace
}  // namespace lakeflow
