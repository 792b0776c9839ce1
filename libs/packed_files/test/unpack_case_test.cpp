// Runs every file of test/cases: how a file is made in, what unpacking it gives out. The format:
//
//   # what the case is about
//   --- make
//   Python that writes the file "input"; zip(name=bytes, …), tar(…), gzip, zstd and messages(n) are at hand
//   --- ratio 20             above a million bytes a file may unpack to so much; no limit where this is missing
//   --- output
//   text 12 bytes "MSH|^~\&|LAB"                  how many there are, and the first forty
//   member day/adt.hl7, 12 bytes: 12 bytes "…"    name and size as the archive says them, then what there is
//   damage truncated_file: the gzip data ends …   of what stands before it; [..] stands for anything

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "libs/files/local_file.h"
#include "libs/files/test/temporary_folder.h"
#include "libs/packed_files/unpack.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

const fs::path kTests = fs::path(LAKEFLOW_SOURCE_DIR) / "libs/packed_files/test";

struct UnpackCase {
  std::string script;
  UnpackLimits limits{.ratio = UINT64_MAX, .always_allowed = 0};
  std::string expected;
};

UnpackCase read_case(const std::string& name) {
  UnpackCase read;
  std::ifstream file(kTests / "cases" / (name + ".case"));
  std::string* section = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ratio ")) {
      read.limits = {.ratio = std::stoull(line.substr(10)), .always_allowed = 1'000'000};
    } else if (line.starts_with("--- ")) {
      section = line == "--- make" ? &read.script : &read.expected;
    } else if (section != nullptr) {
      *section += line + "\n";
    }
  }
  return read;
}

std::string read_all(FileReader& reader, std::size_t window) {
  std::string text;
  std::string buffer(window, '\0');
  while (true) {
    const auto count = reader.read(text.size(), buffer);
    EXPECT_TRUE(count) << count.error().message();
    text.append(buffer, 0, count.value_or(0));
    if (!count || *count < window) {
      return text;
    }
  }
}

std::string shown(FileReader& reader) {
  const std::string text = read_all(reader, 997);
  const std::string again = read_all(reader, 1U << 16U);
  const bool is_bomb = reader.damage() && reader.damage()->reason == "unpacks_to_too_much";
  EXPECT_TRUE(is_bomb || again == text) << "read again, in larger pieces";
  std::string start = text.substr(0, 40);
  std::ranges::replace(start, '\r', ' ');
  std::string line = fmt::format("{} bytes \"{}\"\n", text.size(), start);
  if (const auto damage = reader.damage()) {
    line += fmt::format("damage {}: {}\n", damage->reason, damage->detail);
  }
  return line;
}

std::string shown(Archive& archive, UnpackLimits limits) {
  std::string text;
  while (true) {
    auto member = archive.next();
    EXPECT_TRUE(member) << member.error().message();
    if (!member || !*member) {
      break;
    }
    text += fmt::format("member {}, {} bytes: ", (*member)->path, (*member)->identity.size);
    auto inner = unpack(archive.open_member(), Archives::kRefuse, limits);
    EXPECT_TRUE(inner);
    text += shown(*inner->text);
  }
  if (const auto damage = archive.damage()) {
    text += fmt::format("damage {}: {}\n", damage->reason, damage->detail);
  }
  return text;
}

std::regex as_regex(const std::string& expected) {
  const std::string escaped = std::regex_replace(expected, std::regex(R"([.^$|()\[\]{}*+?\\])"), R"(\$&)");
  return std::regex(std::regex_replace(escaped, std::regex(R"(\\\[\\\.\\\.\\\])"), ".*"));
}

class UnpackCaseTest : public testing::TestWithParam<std::string> {};

TEST_P(UnpackCaseTest, Gives) {
  const UnpackCase wanted = read_case(GetParam());
  const TemporaryFolder folder;
  folder.write("make.py", "from archives import *\n" + wanted.script);
  const std::string command = fmt::format("cd '{}' && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH='{}' '{}/.deps/venv/bin/python' make.py",
                                          folder.path().string(), kTests.string(), LAKEFLOW_SOURCE_DIR);
  ASSERT_EQ(std::system(command.c_str()), 0);
  auto file = LocalFile::open(folder.path(), "input");
  ASSERT_TRUE(file && *file);
  auto unpacked = unpack(*std::move(file), Archives::kOpen, wanted.limits);
  ASSERT_TRUE(unpacked) << unpacked.error().message();
  const std::string found = unpacked->archive != nullptr ? shown(*unpacked->archive, wanted.limits) : "text " + shown(*unpacked->text);
  EXPECT_TRUE(std::regex_match(found, as_regex(wanted.expected))) << "found:\n" << found << "expected:\n" << wanted.expected;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kTests / "cases")) {
    names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, UnpackCaseTest, testing::ValuesIn(case_names()), [](const auto& test) { return test.param; });

}  // namespace
}  // namespace lakeflow
