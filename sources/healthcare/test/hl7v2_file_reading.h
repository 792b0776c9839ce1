#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sources/healthcare/test/hl7v2_test_source.h"

// Messages by number, and which of them a reading gave.
namespace lakeflow {

inline std::string message(int number) {
  return fmt::format("MSH|^~\\&|LAB|HOSP|||20240101120000||ORU^R01|{}|P|2.5\rPID|1||P{}\rOBR|1|||GLU\rOBX|1|NM|GLU||{}\r", number, number, number);
}

inline std::string messages(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) {
    text += message(i);
  }
  return text;
}

// The control ids that a reading gave, joined; each message gives one row of pid.
inline std::string ids(const Reading& reading) {
  std::string text = reading.error;
  const auto rows = reading.tables.find("pid");
  for (const std::string& row : rows == reading.tables.end() ? std::vector<std::string>() : rows->second) {
    constexpr std::string_view kMember = R"("message_control_id":")";
    const std::size_t at = row.find(kMember) + kMember.size();
    text += (text.empty() ? "" : " ") + row.substr(at, row.find('"', at) - at);
  }
  return text;
}

inline std::set<std::string> record_ids(const Reading& reading) {
  std::set<std::string> found;
  for (const auto& [table, rows] : reading.tables) {
    for (const std::string& row : rows) {
      EXPECT_TRUE(found.insert(table + row.substr(0, row.find(','))).second) << "keys are unique in a table";
    }
  }
  return found;
}

inline void set_time(const TemporaryFolder& folder, const std::string& name, std::chrono::seconds ago) {
  std::filesystem::last_write_time(folder.path() / name, std::filesystem::file_time_type::clock::now() - ago);
}

inline void rename(const TemporaryFolder& folder, const std::string& from, const std::string& to) {
  std::filesystem::rename(folder.path() / from, folder.path() / to);
}

}  // namespace lakeflow
