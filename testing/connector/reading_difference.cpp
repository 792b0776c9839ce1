#include "testing/connector/reading_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace lakeflow {
namespace {

// How often something was read, and as what the last time.
struct Seen {
  std::size_t times = 0;
  const ReadRow* last = nullptr;

  void see(const ReadRow& row) {
    ++times;
    last = &row;
  }
};

struct SeenThrice {
  Seen before;
  Seen found;
  Seen after;
};

using Version = std::pair<std::string, std::string>;  // key and cursor
using Contents = std::map<Version, std::set<std::uint64_t>>;

Contents contents_of(const std::vector<ReadRow>& rows) {
  Contents contents;
  for (const ReadRow& row : rows) {
    if (!row.deleted) {
      contents[{row.key, row.sequence}].insert(row.content);
    }
  }
  return contents;
}

std::size_t changed_versions(const TableUnderTest& table, const std::vector<ReadRow>& before, const std::vector<ReadRow>& found,
                             const std::vector<ReadRow>& after) {
  const Contents first = contents_of(before);
  const Contents last = contents_of(after);
  std::size_t compared = 0;
  std::size_t changed = 0;   // though they were the same before and after
  std::size_t unsteady = 0;  // each time another one
  for (const ReadRow& row : found) {
    const auto earlier = first.find({row.key, row.sequence});
    const auto later = last.find({row.key, row.sequence});
    if (row.deleted || earlier == first.end() || later == last.end()) {
      continue;
    }
    ++compared;
    if (!earlier->second.contains(row.content) && !later->second.contains(row.content)) {
      ++(earlier->second == later->second ? changed : unsteady);
    }
  }
  const bool tells_of_changes = !table.metadata.cursor_field.empty();
  return changed + (tells_of_changes || unsteady * 2 > compared ? unsteady : 0);
}

}  // namespace

ReadingDifference compare_rows(const TableUnderTest& table, const std::vector<ReadRow>& expected, const std::vector<ReadRow>& found) {
  return compare_rows(table, expected, found, expected);
}

ReadingDifference compare_rows(const TableUnderTest& table, const std::vector<ReadRow>& before, const std::vector<ReadRow>& found,
                               const std::vector<ReadRow>& after) {
  const bool only_grows = table.metadata.ingestion_type == IngestionType::kAppend;
  const auto name_of = [&](const ReadRow& row) { return only_grows ? fmt::format("{}{:016x}", row.key, row.content) : row.key; };
  std::map<std::string, SeenThrice> seen;
  for (const auto& [rows, reading] :
       {std::pair{&before, &SeenThrice::before}, std::pair{&found, &SeenThrice::found}, std::pair{&after, &SeenThrice::after}}) {
    for (const ReadRow& row : *rows) {
      (seen[name_of(row)].*reading).see(row);
    }
  }
  ReadingDifference difference;
  for (const auto& [name, row] : seen) {
    const std::size_t least = std::min(row.before.times, row.after.times);
    const std::size_t most = std::max(row.before.times, row.after.times);
    const std::size_t came = row.found.times;
    if (only_grows) {
      difference.missing += least > came ? least - came : 0U;
      difference.doubled += most > 0 && came > most ? came - most : 0U;
      difference.unexpected += most == 0 ? came : 0U;
    } else {
      difference.missing += came == 0 && least > 0 && *row.before.last == *row.after.last ? 1U : 0U;
      difference.unexpected += most == 0 ? 1U : 0U;
    }
  }
  difference.changed = only_grows ? 0 : changed_versions(table, before, found, after);
  return difference;
}

}  // namespace lakeflow
