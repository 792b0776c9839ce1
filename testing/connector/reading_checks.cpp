// Checks of how one reading from the start goes.

#include <algorithm>
#include <numeric>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

std::uint64_t sum_of(const std::map<std::string, std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}, [](std::uint64_t sum, const auto& count) { return sum + count.second; });
}

std::string counted(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::string> words;
  for (const auto& [name, count] : counts) {
    words.push_back(fmt::format("{} {}", count, name));
  }
  return some_of(words);
}

// What `lakeflow check` shows. What is the source's or the user's business is no fault of the connector.
Finding passes_its_own_check(TableTrial& trial) {
  auto* const own = dynamic_cast<ConnectionCheck*>(&trial.connector());
  if (own == nullptr) {
    return skipped("the connector has no check of its own (ConnectionCheck)");
  }
  ReadContext context;
  context.stop = trial.request().stop;
  context.log = &trial.log();
  const auto findings = own->check_connection({&trial.table().request, 1}, context);
  if (!findings) {
    return skipped("{}", findings.error().message());
  }
  std::vector<std::string> seen;
  for (const CheckFinding& looked_at : *findings) {
    seen.push_back(fmt::format("{}: {}", looked_at.subject, looked_at.message));
    if (!looked_at.passed && looked_at.kind == ErrorKind::kInternal) {
      Finding finding = failed("{}", seen.back());
      finding.next_step = looked_at.next_step;
      return finding;
    }
    if (!looked_at.passed) {
      return skipped("{}", seen.back());
    }
  }
  return seen.empty() ? skipped("it looks at nothing") : passed("{}", fmt::join(seen, "; "));
}

Finding reads_to_its_end(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (reading.error) {
    return trial.ended_with(fmt::format("after {} rows", reading.rows.size()), *reading.error);
  }
  if (!reading.endless.empty()) {
    return failed("after {} rows: {}", reading.rows.size(), reading.endless);
  }
  if (reading.cut) {
    return skipped("it has more than {} records", trial.request().record_limit);
  }
  const bool is_snapshot = trial.type() == IngestionType::kSnapshot;
  if (is_snapshot != (reading.end == End::kComplete)) {
    return failed("a table of the type {} ends with {}", ingestion_type_name(trial.type()), is_snapshot ? "kCaughtUp" : "kComplete");
  }
  return passed("{} rows of {} records in {} calls of {} read{}", reading.rows.size(), reading.records, reading.calls, reading.reads,
                reading.reads == 1 ? "" : "s");
}

// Bad records are the source's business, but where all are bad it is the connector that reads them wrong.
Finding decodes_its_records(TableTrial& trial) {
  const TableReading& reading = trial.full();
  if (reading.records == 0) {
    return trial.no_rows().value();
  }
  const std::uint64_t rejects = sum_of(reading.rejects);
  if (rejects >= reading.records) {
    return failed("every record is rejected: {}", counted(reading.rejects));
  }
  return passed("{} of {} records rejected{}{}", rejects, reading.records, rejects == 0 ? "" : ": ", counted(reading.rejects));
}

Finding batches_are_bounded(TableTrial& trial) {
  constexpr std::size_t kMost = 64U << 20U;
  const TableReading& reading = trial.full();
  if (reading.records == 0) {
    return trial.no_rows().value();
  }
  return reading.largest_batch <= kMost
             ? passed("at most {} KB in one call", (reading.largest_batch + 1023) / 1024)
             : failed("{} MB in one call of next(): a table larger than memory can't be read", reading.largest_batch >> 20U);
}

}  // namespace

std::vector<TableCheckOf> reading_checks() {
  return {{"passes_its_own_check", "what lakeflow check would have told before the first run",
           "lakeflow check shows it alone; is the table described as the source has it?", passes_its_own_check},
          {"reads_to_its_end", "a run that never ends, or a snapshot whose end nobody knows",
           "end a snapshot with End::kComplete and all else with End::kCaughtUp, once the source says that there is no more (record_reader.h)",
           reads_to_its_end},
          {"decodes_its_records", "a table that stays empty", "look at one record as it came: is it what the decoder, or the schema, takes it for?",
           decodes_its_records},
          {"batches_are_bounded", "a process that runs out of memory", "return what there is once ReadContext::batch_bytes are reached",
           batches_are_bounded}};
}

}  // namespace lakeflow
