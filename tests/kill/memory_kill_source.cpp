#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "testing/memory_source/memory_system.h"
#include "tests/kill/kill_source.h"

namespace lakeflow::test {
namespace {

// The connector `memory`. Its logs are functions of their options, so every process sees the same source; they grow while a run
// reads them, and the next run finds them at least as long.
class MemoryKillSource final : public KillSource {
 public:
  explicit MemoryKillSource(bool keeps_history) : keeps_history_(keeps_history) {}

  // With history only those whose versions the source alone decides: those of a snapshot are a matter of when it was read.
  std::vector<std::string> tables() const override {
    std::vector<std::string> names;
    for (const MemoryTable& table : MemorySystem::all_kinds()) {
      const bool changes = table.type == IngestionType::kCdc || table.type == IngestionType::kCdcWithDeletes;
      if (changes || !keeps_history_) names.push_back(table.name);
    }
    return names;
  }

  std::vector<std::string> snapshots() const override { return keeps_history_ ? std::vector<std::string>() : std::vector<std::string>{"wards"}; }
  bool keeps_history() const override { return keeps_history_; }
  bool has_canonical_state() const override { return true; }

  void write_pipeline(const std::filesystem::path& folder, std::uint64_t seed) override {
    constexpr std::uint64_t kGrowth = 60;
    std::vector<std::string> names = tables();
    std::shuffle(names.begin(), names.end(), std::mt19937_64(seed));
    write(folder, names, length_ + kGrowth / 2, length_ + kGrowth);
    length_ += kGrowth;
  }

  void write_last_pipeline(const std::filesystem::path& folder) override { write(folder, tables(), length_, length_); }

 private:
  void write(const std::filesystem::path& folder, const std::vector<std::string>& names, std::uint64_t length, std::uint64_t grow_to) const {
    std::ofstream file(folder / "clinic.yaml");
    file << "name: clinic\nconnection:\n  connector: memory\n  options:\n"
         << "    {seed: 5, keys: 700, ties: 3, bad_per_mille: 20, odd_per_mille: 20,\n"
         << fmt::format("     length: {}, grow_by_call: 11, grow_to: {},\n", length, grow_to)
         << "     records_per_call: 30, records_per_offset: 20, records_per_state: 50}\n"
         << "destination: {kind: duckdb, path: clinic.duckdb}\n"
         << "settings: {chunk_rows: 60, error_handling: dead_letter, threads: 2}\nobjects:\n";
    for (const std::string& name : names) {
      file << fmt::format("  - table: {{source_table: {}{}}}\n", name, keeps_history_ ? ", table_configuration: {scd_type: SCD_TYPE_2}" : "");
    }
  }

  const bool keeps_history_;
  std::uint64_t length_ = 0;
};

}  // namespace

std::unique_ptr<KillSource> make_memory_kill_source() { return std::make_unique<MemoryKillSource>(/*keeps_history=*/false); }
std::unique_ptr<KillSource> make_memory_kill_source_with_history() { return std::make_unique<MemoryKillSource>(/*keeps_history=*/true); }

}  // namespace lakeflow::test
