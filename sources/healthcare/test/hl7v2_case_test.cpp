// Runs every file of test/cases/hl7v2: messages in, rows out. The format:
//
//   # what the case is about
//   --- options          name=value, one a line (may be left out)
//   --- z_segments       the file that declares Z segments (may be left out)
//   --- input            the file; a line's end is CR, <LF> <VT> <FS> <BOM> and <E9> (hexadecimal) are those bytes; <3*ab> is ababab, here and below
//   --- table            and its name: its rows, a JSON object each, without null members and without those that every row
//                        has: ids, header and position, unless the case is about them ("--- table adt_messages whole"), or about
//                        the places of segments in their message ("--- table obx placed")
//   --- broken           what goes to quarantine
//   --- filtered         counts by reason

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "libs/hl7v2/test/case_text.h"
#include "sources/healthcare/test/hl7v2_test_source.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(LAKEFLOW_SOURCE_DIR) / "sources/healthcare/test/cases/hl7v2";

struct Case {
  Options options;
  std::string z_segments;
  std::string input;
  std::vector<std::string> tables;            // as the section says it
  std::map<std::string, std::string> output;  // by section
};

Case load(const fs::path& path) {
  Case loaded;
  std::ifstream file(path);
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ")) {
      section = line.substr(4);
      if (section.starts_with("table ")) {
        loaded.tables.push_back(section.substr(6));
      }
      if (section != "options" && section != "z_segments" && section != "input") {
        loaded.output[section];
      }
    } else if (section == "options") {
      loaded.options.set(line.substr(0, line.find('=')), line.substr(line.find('=') + 1));
    } else if (section == "z_segments") {
      loaded.z_segments += line + "\n";
    } else if (section == "input") {
      loaded.input += hl7v2::unfold(hl7v2::repeated(line)) + "\r";
    } else if (!section.empty()) {
      loaded.output[section] += hl7v2::repeated(line) + "\n";
    }
  }
  return loaded;
}

// The row without what every row of its table has.
std::string own_members(const std::string& row, bool is_placed) {
  auto object = nlohmann::ordered_json::parse(row);
  for (const char* name : {"group_path", "parent_segment", "parent_segment_index", "patient_segment_index"}) {
    if (!is_placed) {
      object.erase(name);
    }
  }
  for (const char* name : {"_record_id", "message_control_id", "message_type", "trigger_event", "message_datetime", "processing_id", "version_id",
                           "message_offset", "message_length", "segment_index", "set_id_pid", "set_id_obx", "raw_message"}) {
    object.erase(name);
  }
  return object.dump();
}

std::string run(const Case& loaded, std::map<std::string, std::string>& output) {
  std::vector<std::string> names;
  for (const std::string& table : loaded.tables) {
    names.push_back(table.substr(0, table.find(' ')));
  }
  Options options = loaded.options;
  const TemporaryFolder declarations;
  if (!loaded.z_segments.empty()) {
    declarations.write("z_segments.yaml", loaded.z_segments);
    options.set("z_segments_file", (declarations.path() / "z_segments.yaml").string());
  }
  Hl7TestSource source(options, names);
  source.folder().write("case.hl7", loaded.input);
  const Reading reading = source.read();
  for (const std::string& table : loaded.tables) {
    std::string& rows = output["table " + table];
    const auto found = reading.tables.find(table.substr(0, table.find(' ')));
    for (const std::string& row : found == reading.tables.end() ? std::vector<std::string>() : found->second) {
      rows += (table.ends_with(" whole") ? row : own_members(row, table.ends_with(" placed"))) + "\n";
    }
  }
  for (std::string broken : reading.broken) {
    std::ranges::replace(broken, '\r', '/');
    output["broken"] += broken + "\n";
  }
  for (const auto& [reason, count] : reading.filtered) {
    output["filtered"] += fmt::format("{} {}\n", reason, count);
  }
  return reading.error;
}

class Hl7Case : public testing::TestWithParam<std::string> {};

TEST_P(Hl7Case, GivesItsRows) {
  const Case loaded = load(kCases / (GetParam() + ".case"));
  ASSERT_FALSE(loaded.input.empty());
  std::map<std::string, std::string> output;
  EXPECT_EQ(run(loaded, output), "");
  EXPECT_EQ(output, loaded.output);
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.path().extension() == ".case") {
      names.push_back(entry.path().stem());
    }
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Hl7v2, Hl7Case, testing::ValuesIn(case_names()), [](const auto& param) { return param.param; });

}  // namespace
}  // namespace lakeflow
