// What becomes of one damaged record, and of its neighbours.

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "engine/ingest/decode_batch.h"
#include "engine/plan/content_hash.h"
#include "sources/interface/decoder.h"
#include "testing/connector/check.h"

namespace lakeflow {
namespace {

constexpr std::size_t kNeighbours = 2;  // that a record needs at least
constexpr std::size_t kMostRecords = 50;
constexpr int kMostCalls = 100;

struct Damage {
  std::string_view name;  // behind "a record"
  std::string (*apply)(std::string record);
};
constexpr std::array kDamages{
    Damage{"that is cut in half", [](std::string record) { return record.substr(0, record.size() / 2); }},
    Damage{"with a byte of zero", [](std::string record) { return record.replace(record.size() / 2, 1, 1, '\0'); }},
    Damage{"with a byte that is no text", [](std::string record) { return record.replace(record.size() / 2, 1, 1, '\xFF'); }},
    Damage{"of which nothing is left", [](std::string) { return std::string(); }},
};

// The batch anew, in a buffer of its own, with other bytes for one of its records.
RawRecords with_record(const RawRecords& raw, std::size_t damaged, const std::string& bytes) {
  RawRecords copy;
  copy.origins = raw.origins;
  copy.origin_keys = raw.origin_keys;
  copy.records.assign(raw.records.begin(), raw.records.begin() + static_cast<std::ptrdiff_t>(std::min(raw.records.size(), kMostRecords)));
  copy.records[damaged].bytes = bytes;
  const auto text = std::make_shared<std::string>();
  for (const RawRecord& record : copy.records) {
    *text += record.bytes;
  }
  text->append(kPadding, '\0');
  std::size_t start = 0;
  for (RawRecord& record : copy.records) {
    const std::size_t size = record.bytes.size();
    record.bytes = std::string_view(*text).substr(start, size);
    start += size;
  }
  copy.buffer = text;
  return copy;
}

// What each record of a batch came to.
struct Outcome {
  std::vector<std::vector<std::uint64_t>> rows;  // their contents
  std::vector<std::string> rejects;              // the reason; empty where it was none
  std::uint64_t filtered = 0;
};

Result<Outcome> decode(Decoder& decoder, const ContentHash& hash, const RawRecords& raw) {
  LAKEFLOW_ASSIGN(const DecodedRecords decoded, decoder.decode(raw));
  Outcome outcome;
  outcome.rows.resize(raw.records.size());
  outcome.rejects.resize(raw.records.size());
  for (const Reject& reject : decoded.rejects) {
    if (reject.record >= raw.records.size()) {
      return std::unexpected(Error::internal("a reject is of no record"));
    }
    outcome.rejects[reject.record] = reject.reason;
  }
  for (const auto& [reason, count] : decoded.filtered) {
    outcome.filtered += count;
  }
  for (const DecodedTable& table : decoded.tables) {
    const std::vector<std::uint64_t> contents = hash.hash(*table.rows, table.rescued.get());
    for (std::size_t row = 0; row < contents.size(); ++row) {
      if (table.records[row] >= raw.records.size()) {
        return std::unexpected(Error::internal("a row is of no record"));
      }
      outcome.rows[table.records[row]].push_back(contents[row]);
    }
  }
  return outcome;
}

// The first batch that has a record with neighbours; nothing where none has.
Result<std::optional<RawRecords>> read_neighbours(TableTrial& trial, const ReadContext& context) {
  LAKEFLOW_ASSIGN(const std::unique_ptr<RecordReader> reader, open_reader(trial.connector(), trial.table().request, false, trial.start(), context));
  for (int calls = 0; calls < kMostCalls; ++calls) {
    LAKEFLOW_ASSIGN(auto step, reader->next());
    if (std::holds_alternative<End>(step)) {
      break;
    }
    if (RawRecords& raw = std::get<RawRecords>(step); raw.records.size() > kNeighbours) {
      return std::optional(std::move(raw));
    }
  }
  return std::nullopt;
}

// In the middle, with rows of its own.
std::optional<std::size_t> choose_record(const Outcome& sound) {
  const std::size_t middle = sound.rows.size() / 2;
  for (std::size_t i = 0; i < sound.rows.size(); ++i) {
    const std::size_t record = (middle + i) % sound.rows.size();
    if (!sound.rows[record].empty() && sound.rejects[record].empty()) {
      return record;
    }
  }
  return std::nullopt;
}

Finding rejects_a_damaged_record_alone(TableTrial& trial) {
  ReadContext context;
  context.stop = trial.request().stop;
  context.log = &trial.log();
  const auto raw = read_neighbours(trial, context);
  if (!raw) {
    return skipped("the first records can't be read: {}", raw.error().message());
  }
  if (!*raw) {
    return skipped("the table never gives more than {} records at a time", kNeighbours);
  }
  const auto decoder = make_pass_decoder(trial.connector(), "of the table", {&trial.table().request, 1}, trial.table().schema);
  const auto hash = ContentHash::make(*trial.table().schema);
  if (!decoder || !hash) {
    return failed("there is no decoder: {}", !decoder ? decoder.error().message() : hash.error().message());
  }
  const RawRecords whole = with_record(**raw, 0, std::string((*raw)->records.front().bytes));
  const auto sound = decode(**decoder, *hash, whole);
  if (!sound) {
    return failed("the decoder: {}", sound.error().message());
  }
  const std::optional<std::size_t> record = choose_record(*sound);
  if (!record) {
    return skipped("no record of the first ones has a row in this table");
  }
  std::vector<std::string> outcomes;
  for (const Damage& damage : kDamages) {
    const auto outcome = decode(**decoder, *hash, with_record(whole, *record, damage.apply(std::string(whole.records[*record].bytes))));
    if (!outcome) {
      return failed("a record {} ends the reading: {}", damage.name, outcome.error().message());
    }
    std::size_t lost = 0;
    for (std::size_t other = 0; other < sound->rows.size(); ++other) {
      lost += other != *record && (outcome->rows[other] != sound->rows[other] || outcome->rejects[other] != sound->rejects[other]) ? 1U : 0U;
    }
    if (lost > 0) {
      return failed("a record {} takes {} of {} others with it", damage.name, lost, sound->rows.size() - 1);
    }
    const bool is_filtered = outcome->filtered > sound->filtered;
    if (outcome->rejects[*record].empty() && outcome->rows[*record].empty() && !is_filtered) {
      return failed("a record {} is gone: no row, no reject, in no count", damage.name);
    }
    outcomes.push_back(fmt::format("{}: {}", damage.name,
                                   !outcome->rejects[*record].empty() ? outcome->rejects[*record]
                                   : is_filtered                      ? "filtered"
                                                                      : "a row"));
  }
  return passed("{}; {} others as before", fmt::join(outcomes, ", "), sound->rows.size() - 1);
}

}  // namespace

std::vector<TableCheckOf> damage_checks() {
  return {{"rejects_a_damaged_record_alone", "good records beside a bad one, or the bad one without a trace",
           "let the decoder make a Reject of a record that it can't read, and go on with the next one (decoder.h)", rejects_a_damaged_record_alone}};
}

}  // namespace lakeflow
