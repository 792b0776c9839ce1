#include "engine/ingest/decode_batch.h"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/decode/json_decoder.h"
#include "engine/plan/schema_contract.h"

namespace lakeflow {
namespace {

// Which records of a batch became rows. Counted record by record and apart from what the decoder says of rejects and of
// filtered ones, so that the balance of a pass is a check and not a tautology.
class RecordBalance {
 public:
  RecordBalance(const std::string& connector_name, const RawRecords& raw)
      : connector_name_(connector_name), all_records_(raw.size()), fates_(raw.records.size(), Fate::kNone) {}

  Status add_rows(const DecodedTable& table) {
    if (static_cast<std::uint64_t>(table.rows->num_rows()) != table.records.size()) {
      return violation(fmt::format("gave {} rows and the records of {}", table.rows->num_rows(), table.records.size()));
    }
    if (table.tells_of_rejects) {
      telling_.push_back(&table);
      return {};
    }
    for (const std::uint32_t record : table.records) {
      if (record >= fates_.size()) {
        return violation(fmt::format("names record {} of {}", record, fates_.size()));
      }
      decoded_ += fates_[record] == Fate::kNone ? 1U : 0U;
      fates_[record] = Fate::kDecoded;
    }
    return {};
  }

  Status add_reject(const Reject& reject) {
    if (reject.record >= fates_.size()) {
      return violation(fmt::format("names record {} of {}", reject.record, fates_.size()));
    }
    if (fates_[reject.record] != Fate::kNone) {
      return violation(fmt::format("rejected a record ({}) that has rows or another reject", reject.reason));
    }
    fates_[reject.record] = Fate::kRejected;
    ++rejected_;
    return {};
  }

  // When all rejects were added.
  Status add_told() {
    for (const DecodedTable* const table : telling_) {
      std::vector<bool> told(all_records_);
      for (const std::uint32_t record : table->records) {
        if (record >= all_records_) {
          return violation(fmt::format("names record {} of {}", record, all_records_));
        }
        told[record] = true;
        if (record < fates_.size() && fates_[record] == Fate::kNone) {
          fates_[record] = Fate::kDecoded;
          ++decoded_;
        }
      }
      for (std::size_t record = 0; record < all_records_; ++record) {
        if (!told[record] && (record >= fates_.size() || fates_[record] == Fate::kRejected)) {
          return violation(fmt::format("does not tell of record {}, which goes to quarantine", record));
        }
      }
    }
    return {};
  }

  Status check(const std::map<std::string, std::uint64_t>& filtered) const {
    std::uint64_t left_out = 0;
    for (const auto& [reason, count] : filtered) {
      left_out += count;
    }
    if (decoded_ + rejected_ + left_out != fates_.size()) {
      return violation(
          fmt::format("got {} records and gave rows of {}, rejects of {} and filtered {}", fates_.size(), decoded_, rejected_, left_out));
    }
    return {};
  }

  std::uint64_t decoded() const { return decoded_; }

 private:
  enum class Fate : std::uint8_t { kNone, kDecoded, kRejected };

  std::unexpected<Error> violation(const std::string& what) const {
    return std::unexpected(Error::internal(fmt::format("the decoder of connector {} {}", connector_name_, what)));
  }

  const std::string& connector_name_;
  const std::size_t all_records_;  // what is broken included
  std::vector<Fate> fates_;
  std::vector<const DecodedTable*> telling_;
  std::uint64_t decoded_ = 0;
  std::uint64_t rejected_ = 0;
};

QuarantinedRecord to_quarantine(const RawRecords& raw, const RawRecord& record, std::string reason, std::string detail, const PlannedTable* table) {
  return {.source_table = table == nullptr ? std::string() : table->owner.source_table,
          .destination_table = table == nullptr ? std::string() : table->owner.destination_table,
          .reason = std::move(reason),
          .detail = std::move(detail),
          .origin = record.origin < raw.origins.size() ? raw.origins[record.origin] : std::string(),
          .position = record.position,
          .bytes = std::string(record.bytes),
          .is_delete = record.operation == Operation::kDelete};
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_pass_decoder(LakeflowConnect& connector, const std::string& connector_name,
                                                   std::span<const TableRequest> tables, const std::shared_ptr<arrow::Schema>& first_schema) {
  if (auto* own = dynamic_cast<OwnDecoder*>(&connector); own != nullptr) {
    LAKEFLOW_ASSIGN(std::unique_ptr<Decoder> decoder, own->make_decoder(tables));
    if (decoder != nullptr) {
      return decoder;
    }
  }
  if (tables.size() != 1) {
    return std::unexpected(Error::internal(
        fmt::format("connector {} reads {} tables in one pass and has no decoder that tells them apart", connector_name, tables.size())));
  }
  return make_json_decoder(first_schema);
}

namespace {

// A table that only grows keeps what was deleted; deletes that come in a stream among other records are left out of it.
bool leaves_deletes_out(const PlannedTable& table) {
  return table.metadata.ingestion_type == IngestionType::kCdcWithDeletes && table.plan.apply_plan().mode == ApplyMode::kAppend;
}

RawRecords without_deletes(const RawRecords& raw) {
  RawRecords others = raw;
  const std::size_t deletes = std::erase_if(others.records, [](const RawRecord& record) { return record.operation == Operation::kDelete; });
  if (deletes > 0) {
    others.filtered["delete_in_append_only_table"] += deletes;
  }
  return others;
}

std::expected<DecodedBatch, DecodeFailure> decode_records(Decoder& decoder, const DecodePlan& plan, const RawRecords& raw) {
  const auto failed = [](Error error, std::optional<std::size_t> table = {}) { return std::unexpected(DecodeFailure{std::move(error), table}); };
  const std::vector<PlannedTable>& tables = plan.pass->tables;

  Result<DecodedRecords> decoded = decoder.decode(raw);
  if (!decoded) {
    return failed(std::move(decoded).error());
  }
  if (decoded->tables.size() != tables.size()) {
    return failed(Error::internal(
        fmt::format("the decoder of connector {} was made for {} tables and gave {}", plan.connector_name, tables.size(), decoded->tables.size())));
  }

  DecodedBatch batch;
  RecordBalance balance(plan.connector_name, raw);
  for (const DecodedTable& table : decoded->tables) {
    if (Status added = balance.add_rows(table); !added) {
      return failed(std::move(added).error());
    }
  }
  // A record that nobody could read belongs to no table, but where the pass has one only.
  const PlannedTable* only_table = tables.size() == 1 ? &tables.front() : nullptr;
  for (Reject& reject : decoded->rejects) {
    if (Status added = balance.add_reject(reject); !added) {
      return failed(std::move(added).error());
    }
    ++batch.counts.rejects[reject.reason];
    batch.quarantined.push_back(to_quarantine(raw, raw.records[reject.record], std::move(reject.reason), std::move(reject.detail), only_table));
  }
  if (Status told = balance.add_told(); !told) {
    return failed(std::move(told).error());
  }
  if (Status balanced = balance.check(decoded->filtered); !balanced) {
    return failed(std::move(balanced).error());
  }
  for (const BrokenRecord& broken : raw.broken) {
    ++batch.counts.rejects[broken.reason];
    batch.quarantined.push_back(to_quarantine(raw, broken.record, broken.reason, broken.detail, only_table));
  }

  batch.counts.bytes_read = raw.bytes_read;
  batch.counts.decoded = balance.decoded();
  batch.counts.quarantined = batch.quarantined.size();
  batch.counts.filtered = std::move(decoded->filtered);
  batch.counts.remarks = std::move(decoded->remarks);
  batch.counts.read = raw.records.size() + raw.broken.size();
  for (const auto& [reason, count] : raw.filtered) {
    batch.counts.read += count;
    batch.counts.filtered[reason] += count;
  }

  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto rows = static_cast<std::uint64_t>(decoded->tables[i].rows->num_rows());
    if (!tables[i].left_out.empty()) {
      Result<std::shared_ptr<arrow::RecordBatch>> taken = take_columns(*decoded->tables[i].rows, tables[i].source_schema);
      if (!taken) {
        return failed(std::move(taken).error(), i);
      }
      decoded->tables[i].rows = *std::move(taken);
    }
    Result<PreparedRows> prepared = tables[i].plan.prepare(decoded->tables[i], raw, plan.stamp);
    if (!prepared) {
      return failed(std::move(prepared).error(), i);
    }
    for (Reject& reject : prepared->rejects) {
      ++batch.counts.rejects[reject.reason];
      batch.quarantined.push_back(to_quarantine(raw, raw.record(reject.record), std::move(reject.reason), std::move(reject.detail), &tables[i]));
    }
    batch.tables.push_back(
        {.slice = std::move(prepared->slice), .rows_decoded = rows, .rejected = prepared->rejects.size(), .rescued = prepared->rescued});
  }
  return batch;
}

}  // namespace

std::expected<DecodedBatch, DecodeFailure> decode_batch(Decoder& decoder, const DecodePlan& plan, const RawRecords& raw) {
  const bool only_grows = std::ranges::all_of(plan.pass->tables, leaves_deletes_out);
  return decode_records(decoder, plan, only_grows ? without_deletes(raw) : raw);
}

}  // namespace lakeflow
