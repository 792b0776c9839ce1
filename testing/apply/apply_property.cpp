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

// What is tried: an ingestion type, and how much of the past the table keeps.
struct Subject {
  std::string_view name;
  IngestionType type;
  std::optional<ScdType> scd_type;
  bool merges_versions;
};

constexpr Subject kSubjects[] = {
    {"snapshot", IngestionType::kSnapshot, {}, false},
    {"snapshot with history", IngestionType::kSnapshot, ScdType::kType2, false},
    {"cdc", IngestionType::kCdc, {}, false},
    {"cdc_with_deletes", IngestionType::kCdcWithDeletes, {}, false},
    {"cdc_with_deletes with history", IngestionType::kCdcWithDeletes, ScdType::kType2, false},
    {"cdc_with_deletes with merged versions", IngestionType::kCdcWithDeletes, ScdType::kType2, true},
    {"append", IngestionType::kAppend, {}, false},
};

// Keys of two columns, one inside of what looks like another; sequences of two, one inside of a struct.
PlainTable table_of(const Subject& subject) {
  PlainTable table;
  table.ingestion_type = subject.type;
  table.scd_type = subject.scd_type;
  table.columns = {{"site", PlainType::kInteger},   {"id", PlainType::kText},        {"updated", PlainType::kTimestamp},
                   {"meta.rank", PlainType::kText}, {"meta.note", PlainType::kText}, {"active", PlainType::kBoolean}};
  table.keys = {"site", "id"};
  if (subject.type == IngestionType::kCdc || subject.type == IngestionType::kCdcWithDeletes) {
    table.sequence = {"updated", "meta.rank"};
  }
  if (subject.merges_versions) {
    table.track_history_except = {"meta.note"};
  }
  return table;
}

// Few keys, few times and few contents, so that ties of every kind come about. A delete without a time comes seldom, and only where
// the records keep their order: it belongs to what came before it.
PlainRecord random_record(Random& random, const Subject& subject, std::uint64_t keys, bool in_order) {
  constexpr const char* kTexts[] = {"", "a", "b", "ä", "Z"};
  PlainRecord record;
  record.is_delete = subject.type == IngestionType::kCdcWithDeletes && one_in(random, 4);
  const std::uint64_t key = below(random, keys);
  record.values = {static_cast<std::int64_t>(key % 3), fmt::format("p{}", key / 3), static_cast<std::int64_t>(below(random, 6)) * 1'000'000,
                   kTexts[below(random, 3)],           kTexts[below(random, 5)],    one_in(random, 2)};
  for (const std::size_t column : {0U, 1U}) {
    if (one_in(random, 200)) record.values[column] = PlainValue();
  }
  for (const std::size_t column : {2U, 3U}) {
    const bool may_be_null = !record.is_delete || in_order;
    if (may_be_null && one_in(random, record.is_delete ? 10 : 200)) record.values[column] = PlainValue();
  }
  for (const std::size_t column : {4U, 5U}) {
    if (one_in(random, 4)) record.values[column] = PlainValue();
  }
  return record;
}

std::vector<PlainRecord> random_records(Random& random, const Subject& subject, std::uint64_t count, std::uint64_t keys, bool in_order) {
  std::vector<PlainRecord> records;
  for (std::uint64_t i = 0; i < count; ++i) {
    records.push_back(random_record(random, subject, keys, in_order));
  }
  return records;
}

std::uint64_t keys_for(std::uint64_t operations) { return std::max<std::uint64_t>(3, operations / 20); }

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

Status check_order(const Subject& subject, const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  Random random(options.seed);
  const PlainTable table = table_of(subject);
  const std::vector<PlainRecord> records = random_records(random, subject, options.operations, keys_for(options.operations), /*in_order=*/false);
  constexpr Way kWays[] = {{.name = "in one slice"},
                           {.name = "in four transactions", .shuffled = false, .slices = 3, .transactions = 4},
                           {.name = "shuffled, in four transactions", .shuffled = true, .slices = 3, .transactions = 4},
                           {.name = "shuffled, in one transaction", .shuffled = true, .slices = 10, .transactions = 1}};
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
Status check_snapshots(const Subject& subject, const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  constexpr std::uint64_t kSnapshots = 6;
  Random random(options.seed);
  const PlainTable table = table_of(subject);
  const std::uint64_t count = std::max<std::uint64_t>(1, options.operations / kSnapshots);
  LAKEFLOW_ASSIGN(ApplyTrial whole, ApplyTrial::begin(table, factory));
  LAKEFLOW_ASSIGN(ApplyTrial sliced, ApplyTrial::begin(table, factory));
  for (std::uint64_t snapshot = 0; snapshot < kSnapshots; ++snapshot) {
    const std::vector<PlainRecord> records = random_records(random, subject, count, keys_for(count), /*in_order=*/true);
    const auto started_at = static_cast<TimestampMicros>(below(random, 5) * 1'000'000);  // as clocks are set back, too
    for (ApplyTrial* const trial : {&whole, &sliced}) {
      LAKEFLOW_TRY(trial->begin_run(started_at));
    }
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

// What a table goes through in its life: transactions that are committed, rolled back or begin with a refresh, old tombstones that are
// forgotten, restarts. The model goes through it too, and is asked after each.
Status check_life(const Subject& subject, const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  constexpr std::uint64_t kTransactions = 20;
  Random random(options.seed + 1);
  LAKEFLOW_ASSIGN(ApplyTrial trial, ApplyTrial::begin(table_of(subject), factory));
  LAKEFLOW_TRY(trial.commit());  // so that the table is there, whatever is rolled back
  const std::uint64_t count = std::max<std::uint64_t>(1, options.operations / kTransactions);
  for (std::uint64_t transaction = 0; transaction < kTransactions; ++transaction) {
    const std::vector<PlainRecord> records = random_records(random, subject, count, keys_for(options.operations / 4), /*in_order=*/true);
    LAKEFLOW_TRY(trial.begin_run(static_cast<TimestampMicros>(below(random, transaction + 1) * 1'000'000)));
    if (one_in(random, 15)) {
      LAKEFLOW_TRY(trial.reset());
    }
    LAKEFLOW_TRY(apply_slices(trial, random, records, 2));
    if (subject.type == IngestionType::kSnapshot) {
      LAKEFLOW_TRY(trial.finish_snapshot(!one_in(random, 3)));
    }
    if (one_in(random, 8)) {
      LAKEFLOW_TRY(trial.forget_deletes());
    }
    LAKEFLOW_TRY(one_in(random, 6) ? trial.roll_back() : trial.commit());
    LAKEFLOW_TRY(trial.rows());
    if (options.reopen && one_in(random, 5)) {
      LAKEFLOW_TRY(trial.restart(options.reopen));
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> run_apply_property(const ApplyPropertyOptions& options, const DestinationFactory& factory) {
  std::vector<std::string> failures;
  const auto note = [&](const Subject& subject, std::string_view what, const Status& done) {
    if (done) return;
    failures.push_back(
        fmt::format("{}, {}, seed {}, {} operations: {}", subject.name, what, options.seed, options.operations, done.error().message()));
  };
  for (const Subject& subject : kSubjects) {
    const bool is_snapshot = subject.type == IngestionType::kSnapshot;
    note(subject, "order", is_snapshot ? check_snapshots(subject, options, factory) : check_order(subject, options, factory));
    note(subject, "life", check_life(subject, options, factory));
  }
  return failures;
}

}  // namespace lakeflow
