#include "tests/soak/landed_content.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/kill/landed_tables.h"

namespace lakeflow::test {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

// A lake's folders may hold nothing but what its commits name; beside a DuckDB file nothing may stay but the dead letters.
std::vector<std::string> stray_files(const fs::path& folder) {
  std::string commits;
  if (fs::exists(folder / "lake")) {
    for (const auto& commit : fs::directory_iterator(folder / "lake" / "_lakeflow" / "commits")) {
      if (commit.path().extension() == ".json") commits += text_of(commit.path());
    }
  }
  std::vector<std::string> stray;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    const bool is_known =
        entry.is_directory() ? (name.starts_with("lake") || name.starts_with("clinic.dead_letters")) && !name.starts_with("lake/_lakeflow/queries/")
        : entry.path().extension() == ".parquet"
            ? commits.contains(entry.path().filename().string())
            : name == "clinic.yaml" || name == "clinic.duckdb" || name.starts_with("clinic.dead_letters/") || name.ends_with(".lock") ||
                  name.starts_with("lake/_lakeflow/commits/") || name.starts_with("lake/_lakeflow/checkpoints/");
    if (!is_known || name.ends_with(".draft")) stray.push_back(name);
  }
  std::ranges::sort(stray);
  return stray;
}

Result<LandedContent> read_landed(const FaultPair& pair, const fs::path& folder, const std::string& run_id) {
  LandedContent content;
  LAKEFLOW_ASSIGN(const LandedTables tables, LandedTables::open(folder, pair.columns_of_the_reading()));
  content.rows = tables.rows(pair.table);
  if (pair.keeps_history) content.standing = tables.rows(pair.table, R"("__END_AT" IS NULL)");
  content.state = tables.state(pair.table);
  const std::vector<std::string> quarantine = tables.quarantine({});
  if (!pair.reads_all_again()) content.quarantine = quarantine;
  if (!run_id.empty()) content.commits = tables.commits_of(run_id);
  const std::size_t letters = tables.dead_letters();
  content.missing_dead_letters = std::max(quarantine.size(), letters) - std::min(quarantine.size(), letters);
  content.missing_dead_letters += tables.dead_letter_files() - letters;
  return content;
}

}  // namespace lakeflow::test
