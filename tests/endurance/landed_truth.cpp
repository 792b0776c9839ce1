#include "tests/endurance/landed_truth.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>

namespace lakeflow::test {
namespace {

// A row of a table of FHIR resources.
struct VersionRow {
  std::string id;
  std::uint64_t number = 0;
  std::int64_t start = 0;  // microseconds; of tables with versions alone
  std::int64_t end = 0;    // 0: it stands
};

std::vector<VersionRow> version_rows(World& world, const std::string& pipeline, const std::string& table, const std::string& interval) {
  std::vector<VersionRow> rows;
  for (const std::string& line : world.query(pipeline, fmt::format("SELECT concat_ws(' ', id, meta.versionId, {}) AS line FROM main.{} ORDER BY id, "
                                                                   "meta.versionId::BIGINT",
                                                                   interval, table))) {
    VersionRow& row = rows.emplace_back();
    std::istringstream(line) >> row.id >> row.number >> row.start >> row.end;
  }
  return rows;
}

// What is wrong, of which a test shows the first few.
void expect_none(const std::string& pipeline, const std::string& table, std::vector<std::string> complaints) {
  constexpr std::size_t kShown = 5;
  const std::size_t count = complaints.size();
  complaints.resize(std::min(count, kShown));
  EXPECT_EQ(complaints, std::vector<std::string>()) << count << " faults in " << table << " of " << pipeline;
}

// Each row is a version that the server had; no version is there twice; what the server has now is there.
std::vector<std::string> compare_versions(const std::string& table, const std::vector<VersionRow>& rows, const ChangingSource& source) {
  const std::map<std::string, ResourceVersions>& resources = source.resources(table);
  std::vector<std::string> complaints;
  std::set<std::pair<std::string, std::uint64_t>> seen;
  for (const VersionRow& row : rows) {
    const auto resource = resources.find(row.id);
    if (resource == resources.end() || !resource->second.had(row.number)) complaints.push_back(fmt::format("{} {} never was", row.id, row.number));
    if (!seen.emplace(row.id, row.number).second) complaints.push_back(fmt::format("{} {} is there twice", row.id, row.number));
  }
  for (const auto& [id, resource] : resources) {
    if (resource.is_live() && !seen.contains({id, resource.last()})) complaints.push_back(fmt::format("{} {} is missing", id, resource.last()));
  }
  return complaints;
}

void expect_one_row_a_resource(World& world, const std::string& pipeline, const std::string& table, const ChangingSource& source) {
  const std::vector<VersionRow> rows = version_rows(world, pipeline, table, "0, 0");
  std::vector<std::string> complaints = compare_versions(table, rows, source);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].id == rows[i - 1].id) complaints.push_back(fmt::format("{} has two rows", rows[i].id));
  }
  for (const VersionRow& row : rows) {
    const auto resource = source.resources(table).find(row.id);
    if (resource != source.resources(table).end() && !resource->second.is_live()) complaints.push_back(fmt::format("{} was deleted", row.id));
  }
  // Of a live resource the one row is the newest version, as that one is there.
  expect_none(pipeline, table, std::move(complaints));
  std::printf("  %-8s %-14s %6zu rows, one a resource\n", pipeline.c_str(), table.c_str(), rows.size());
}

void expect_each_version(World& world, const std::string& pipeline, const std::string& table, const ChangingSource& source) {
  const std::vector<VersionRow> rows = version_rows(world, pipeline, table, "0, 0");
  expect_none(pipeline, table, compare_versions(table, rows, source));
  std::printf("  %-8s %-14s %6zu rows, each version once\n", pipeline.c_str(), table.c_str(), rows.size());
}

void expect_history(World& world, const std::string& pipeline, const std::string& table, const ChangingSource& source) {
  const std::vector<VersionRow> rows = version_rows(world, pipeline, table, R"(epoch_us(\"__START_AT\"), coalesce(epoch_us(\"__END_AT\"), 0))");
  const std::map<std::string, ResourceVersions>& resources = source.resources(table);
  std::vector<std::string> complaints = compare_versions(table, rows, source);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_last = i + 1 == rows.size() || rows[i + 1].id != rows[i].id;
    const auto resource = resources.find(rows[i].id);
    const bool was_deleted = resource != resources.end() && resource->second.was_deleted_after(rows[i].number);
    const std::int64_t next_start = is_last ? 0 : rows[i + 1].start;
    if (was_deleted) {
      if (rows[i].end <= rows[i].start || (!is_last && rows[i].end > next_start)) {
        complaints.push_back(
            fmt::format("{} {} does not end between its beginning and the next version's, when it was deleted", rows[i].id, rows[i].number));
      }
    } else if (rows[i].end != next_start) {
      complaints.push_back(fmt::format("{} {} does not end where the next version begins", rows[i].id, rows[i].number));
    }
    if (!is_last && rows[i].start >= rows[i + 1].start) {
      complaints.push_back(fmt::format("{} {} begins no earlier than the next version", rows[i].id, rows[i].number));
    }
  }
  expect_none(pipeline, table, std::move(complaints));
  std::printf("  %-8s %-14s %6zu rows, versions in order, one of a resource stands\n", pipeline.c_str(), table.c_str(), rows.size());
}

void expect_lines(World& world, const std::string& pipeline, const std::string& table, const std::string& columns,
                  std::vector<std::string> expected) {
  std::vector<std::string> rows = world.query(pipeline, fmt::format("SELECT concat_ws(' ', {}) AS line FROM main.{}", columns, table));
  std::ranges::sort(rows);
  std::ranges::sort(expected);
  std::vector<std::string> complaints;
  std::ranges::set_symmetric_difference(expected, rows, std::back_inserter(complaints));
  expect_none(pipeline, table, std::move(complaints));
  std::printf("  %-8s %-14s %6zu rows, each once\n", pipeline.c_str(), table.c_str(), rows.size());
}

void expect_messages(World& world, const std::string& pipeline, const ChangingSource& source) {
  std::vector<std::string> admissions;
  std::vector<std::string> results;
  std::vector<std::string> observations;
  for (const auto& [control_id, count] : source.messages()) {
    (std::stoull(control_id.substr(1)) % 3 == 0 ? admissions : results).push_back(control_id);
    for (int i = 1; i <= count; ++i) observations.push_back(fmt::format("{} {}", control_id, i));
  }
  expect_lines(world, pipeline, "adt_messages", "message_control_id", std::move(admissions));
  expect_lines(world, pipeline, "oru_messages", "message_control_id", std::move(results));
  expect_lines(world, pipeline, "obx", "message_control_id, set_id_obx", std::move(observations));
}

}  // namespace

void expect_truth(World& world, const std::string& pipeline, const ChangingSource& source) {
  if (pipeline == "clinic") {
    expect_one_row_a_resource(world, pipeline, "Patient", source);
    expect_history(world, pipeline, "Observation", source);
  }
  expect_each_version(world, pipeline, "Condition", source);
  expect_messages(world, pipeline, source);
  EXPECT_EQ(world.query(pipeline, "SELECT count(*) FROM _lakeflow.quarantine"), std::vector<std::string>{"0"}) << pipeline;
  EXPECT_EQ(world.query(pipeline,
                        "SELECT count(*) FROM _lakeflow.passes WHERE records_read <> records_decoded + records_quarantined + "
                        "coalesce(list_sum(map_values(records_filtered)), 0)"),
            std::vector<std::string>{"0"})
      << pipeline;
}

}  // namespace lakeflow::test
