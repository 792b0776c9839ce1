#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace lakeflow::test {

inline constexpr std::array<std::string_view, 4> kStages = {"fetch", "decode", "apply", "commit"};

// What a process leaves behind when it is killed: of each stage the last point that it passed. Lies in memory that is mapped
// from a file, which outlives the process.
class KillPage {
 public:
  // Maps the file, which is made where it is not there.
  explicit KillPage(const std::filesystem::path& file);
  ~KillPage();
  KillPage(const KillPage&) = delete;
  KillPage& operator=(const KillPage&) = delete;

  void clear();
  void pass(std::string_view point);
  // "commit.before", or nothing where the stage has not begun.
  std::string last_point(std::string_view stage) const;

 private:
  struct Stage {
    std::array<std::atomic<char>, 32> point;
  };
  struct Page {
    std::array<Stage, kStages.size()> stages;
  };
  Page* page_ = nullptr;
};

}  // namespace lakeflow::test
