#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "testing/apply/apply_suite.h"

namespace lakeflow {
namespace {

using Random = std::mt19937_64;
using Rows = std::vector<std::string>;

std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }
bool one_in(Random& random, std::uint64_t count) { return below(random, count) == 0; }

// Keys of two columns, one inside of what looks like another; sequences of two, one inside of a struct.
PlainTable table_of(IngestionType type) {
  PlainTable table;
  table.ingestion_type = type;
  table.columns = {{"site", PlainType::kInteger},   {"id", PlainType::kText},        {"updated", PlainType::kTimestamp},
                   {"meta.rank", PlainType::kText}, {"meta.note", PlainType::kText}, {"active", PlainType::kBoolean}};
  table.keys = {"site", "id"};
  if (type == IngestionType::kCdc || type == IngestionType::kCdcWithDeletes) {
    table.sequence = {"updated", "meta.rank"};
  }
  return table;
}

// Few keys, few times and few contents, so that ties of every kind come about.
PlainRecord random_record(Random& random, IngestionType type, std::uint64_t keys) {
  constexpr const char* kTexts[] = {"", "a", "b", "ä", "Z"};
  PlainRecord record;
  const std::uint64_t key = below(random, keys);
  record.values = {static_cast<std::int64_t>(key % 3), fmt::format("p{}", key / 3), static_cast<std::int64_t>(below(random, 6)) * 1'000'000,
                   kTexts[below(random, 3)],           kTexts[below(random, 5)],    one_in(random, 2)};
  for (const std::size_t column : {0U, 1U, 2U, 3U}) {
    if (one_in(random, 200)) record.values[column] = PlainValue();
  }
  for (const std::size_t column : {4U, 5U}) {
    if (one_in(random, 4)) record.values[column] = PlainValue();
  }
  record.is_delete = type == IngestionType::kCdcWithDeletes && one_in(random, 4);
  return record;
}

std::vector<PlainRecord> random_records(Random& random, IngestionType type, std::uint64_t count) {
  const std::uint64_t keys = std::max<std::uint64_t>(3, count / 20);
  std::vector<PlainRecord> records;
  for (std::uint64_t i = 0; i < count; ++i) {
    records.push_back(random_record(random, type, keys));
  }
  return records;
}

// Applies the records in about so many slices: a few of one row or two, most of them larger.
Status apply_slices(ApplyTrial& trial, Random& random, std::span<const PlainRecord> records, std::size_t slices) {
  const std::size_t about = std::max<std::size_t>(1, records.size() / slices);
  while (!records.empty()) {
    const std::size_t size = one_in(random, 5) ? 1 + below(random, 2) : 1 + below(random, 2 * about);
    const std::size_t taken = slices == 1 ? records.size() : std::min(size, records.size());
    LAKEFLOW_TRY(trial.apply(records.first(taken)));
    records = records.subspan(taken);
  }
  return {};
}

struct Way {
  std::string_view name;
  bool shuffled = false;
  std::size_t slices = 1;
  std::size_t transactions = 1;
};

Result<Rows> apply_in_a_way(const Way& way, std::vector<PlainRecord> records, const PlainTable& table, Random& random,
                            const DestinationFactory& factory) {
  LAKEFLOW_ASSIGN(ApplyTrial trial, ApplyTrial::begin(table, factory));
  if (way.shuffled) {
    std::ranges::shuffle(records, random);
  }
  std::span<const PlainRecord> rest = records;
  for (std::size_t transaction = 0; transaction < way.transactions; ++transaction) {
    const std::size_t size = transaction + 1 == way.transactions ? rest.size() : rest.size() / (way.transactions - transaction);
    LAKEFLOW_TRY(apply_slices(trial, random, rest.first(size), way.slices));
    rest = rest.subspan(size);
    LAKEFLOW_TRY(trial.commit());
  }
  return trial.rows();
}

Status check_stream(IngestionType type, const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  Random random(options.seed);
  const PlainTable table = table_of(type);
  const std::vector<PlainRecord> records = random_records(random, type, options.operations);
  constexpr Way kWays[] = {{.name = "in one slice"},
                           {.name = "in one transaction", .shuffled = false, .slices = 20, .transactions = 1},
                           {.name = "in ten transactions", .shuffled = false, .slices = 4, .transactions = 10},
                           {.name = "shuffled, in ten transactions", .shuffled = true, .slices = 4, .transactions = 10},
                           {.name = "shuffled, in one transaction", .shuffled = true, .slices = 20, .transactions = 1}};
  std::optional<Rows> first;
  for (const Way& way : kWays) {
    Result<Rows> rows = apply_in_a_way(way, records, table, random, factory);
    if (!rows) {
      return std::unexpected(rows.error().at(way.name));
    }
    if (first && *first != *rows) {
      return std::unexpected(Error::internal("the table is another than that of one slice").at(way.name));
    }
    first = *std::move(rows);
  }
  return {};
}

// One snapshot after another, every third cut short; each once in one slice and once in many. Between them nothing is equal but the tables.
Status check_snapshots(const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  constexpr std::uint64_t kSnapshots = 6;
  Random random(options.seed);
  const PlainTable table = table_of(IngestionType::kSnapshot);
  LAKEFLOW_ASSIGN(ApplyTrial whole, ApplyTrial::begin(table, factory));
  LAKEFLOW_ASSIGN(ApplyTrial sliced, ApplyTrial::begin(table, factory));
  for (std::uint64_t snapshot = 0; snapshot < kSnapshots; ++snapshot) {
    const std::vector<PlainRecord> records =
        random_records(random, IngestionType::kSnapshot, std::max<std::uint64_t>(1, options.operations / kSnapshots));
    LAKEFLOW_TRY(whole.apply(records));
    LAKEFLOW_TRY(apply_slices(sliced, random, records, 8));
    for (ApplyTrial* const trial : {&whole, &sliced}) {
      LAKEFLOW_TRY(trial->finish_snapshot(snapshot % 3 != 1));
      LAKEFLOW_TRY(trial->commit());
    }
    LAKEFLOW_ASSIGN(const Rows rows_of_whole, whole.rows());
    LAKEFLOW_ASSIGN(const Rows rows_of_sliced, sliced.rows());
    if (rows_of_whole != rows_of_sliced) {
      return std::unexpected(Error::internal(fmt::format("snapshot {} gives other tables in one slice and in many", snapshot)));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> run_apply_property(const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  std::vector<std::string> failures;
  for (const IngestionType type : {IngestionType::kSnapshot, IngestionType::kCdc, IngestionType::kCdcWithDeletes, IngestionType::kAppend}) {
    const Status done = type == IngestionType::kSnapshot ? check_snapshots(options, factory) : check_stream(type, options, factory);
    if (!done) {
      failures.push_back(
          fmt::format("{}, seed {}, {} operations: {}", ingestion_type_name(type), options.seed, options.operations, done.error().message()));
    }
  }
  return failures;
}

}  // namespace lakeflow
