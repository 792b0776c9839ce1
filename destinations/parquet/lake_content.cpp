#include "destinations/parquet/lake_content.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace lakeflow {
namespace {

std::uint64_t sum(const std::vector<LakeFile>& files, std::uint64_t LakeFile::* member) {
  return std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                         [&](std::uint64_t total, const LakeFile& file) { return total + file.*member; });
}

void apply_to(LakeTable& table, const TableChange& change) {
  if (change.schema) {
    table.schema = change.schema;
    table.uniform = change.uniform;
  }
  if (change.partition_by) table.partition_by = *change.partition_by;
  table.staged.insert(table.staged.end(), change.staged.begin(), change.staged.end());
  std::set<std::string_view> gone(change.dropped.begin(), change.dropped.end());
  for (const auto& [staged, file] : change.published) {
    table.published.push_back(file);
    gone.insert(staged);
  }
  std::erase_if(table.staged, [&](const LakeFile& file) { return gone.contains(file.name); });
  if (!change.removed) {
    const std::set<std::string_view> removed(change.removed_files.begin(), change.removed_files.end());
    std::erase_if(table.published, [&](const LakeFile& file) { return removed.contains(file.name); });
  }
}

}  // namespace

std::uint64_t LakeTable::rows() const { return sum(published, &LakeFile::rows) + sum(staged, &LakeFile::rows); }

std::uint64_t LakeTable::staged_bytes() const { return sum(staged, &LakeFile::bytes); }

void LakeContent::apply(const LakeCommit& commit) {
  for (const TableChange& change : commit.tables) {
    if (change.removed) tables.erase(change.table);
    if (change.removed && !change.schema) continue;
    std::shared_ptr<const LakeTable>& table = tables[change.table];
    auto changed = table ? std::make_shared<LakeTable>(*table) : std::make_shared<LakeTable>();
    apply_to(*changed, change);
    table = std::move(changed);
  }
  for (const StateOwner& owner : commit.forgotten) state.erase(owner);
  for (const StateChangeEntry& entry : commit.state) {
    StateEntries& entries = state[entry.owner];
    if (entry.value) {
      entries.insert_or_assign(entry.name, StateValue{*entry.value, entry.updated_at});
    } else {
      entries.erase(entry.name);
    }
  }
  number = commit.number;
}

LakeCommit LakeContent::whole() const {
  LakeCommit commit;
  commit.number = number;
  for (const auto& [name, table] : tables) {
    TableChange& change = commit.tables.emplace_back();
    change.table = name;
    change.schema = table->schema;
    change.partition_by = table->partition_by;
    change.uniform = table->uniform;
    change.staged = table->staged;
    for (const LakeFile& file : table->published) change.published.emplace_back("", file);
  }
  for (const auto& [owner, entries] : state) {
    for (const auto& [entry, value] : entries) commit.state.push_back({owner, entry, value.bytes, value.updated_at});
  }
  return commit;
}

}  // namespace lakeflow
