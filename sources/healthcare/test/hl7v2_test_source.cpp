#include "sources/healthcare/test/hl7v2_test_source.h"

#include <arrow/array/array_binary.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/logging.h"
#include "sources/healthcare/hl7v2/hl7v2_tables.h"

namespace lakeflow {
namespace {

class MapState final : public StateLookup {
 public:
  explicit MapState(const std::map<std::string, std::string>& entries) : entries_(entries) {}
  Result<std::optional<std::string>> find(std::string_view key) const override {
    const auto found = entries_.find(std::string(key));
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
  }
  Status scan(std::string_view prefix, const std::function<Status(std::string_view, std::string_view)>& visit) const override {
    for (const auto& [key, value] : entries_) {
      if (key.starts_with(prefix)) {
        LAKEFLOW_TRY(visit(key, value));
      }
    }
    return {};
  }

 private:
  const std::map<std::string, std::string> entries_;
};

class WarningLog final : public Logger {
 public:
  explicit WarningLog(std::vector<std::string>& warnings) : warnings_(warnings) {}
  void write(LogLevel level, std::string_view message, Fields) override {
    if (level == LogLevel::kWarning) {
      warnings_.emplace_back(message);
    }
  }

 private:
  std::vector<std::string>& warnings_;
};

void add_records(const RawRecords& raw, Decoder& decoder, const std::vector<TableRequest>& requests, Reading& reading) {
  const auto add_broken = [&](const RawRecord& record, std::string_view reason) {
    const std::string& origin = raw.origins.at(record.origin);
    reading.broken.push_back(fmt::format("{}@{} {} {}", origin.substr(origin.rfind('/') + 1), record.position, reason, record.bytes));
  };
  for (const BrokenRecord& broken : raw.broken) {
    add_broken(broken.record, broken.reason);
  }
  for (const auto& [reason, count] : raw.filtered) {
    reading.filtered[reason] += count;
  }
  auto decoded = decoder.decode(raw);
  ASSERT_TRUE(decoded) << decoded.error().message();
  for (const Reject& reject : decoded->rejects) {
    add_broken(raw.records[reject.record], reject.reason);
  }
  std::uint64_t left_out = decoded->rejects.size();
  for (const auto& [reason, count] : decoded->filtered) {
    reading.filtered[reason] += count;
    left_out += count;
  }
  for (const RawRecord& record : raw.records) {
    // Of the folder only what is below it: the rest is random.
    std::string origin = raw.origins.at(record.origin);
    const std::size_t root = origin.find("lakeflow-");
    reading.origins.insert(root == std::string::npos ? origin : origin.substr(origin.find('/', root) + 1));
  }
  reading.records += raw.records.size();
  reading.decoded += raw.records.size() - left_out;
  ASSERT_EQ(decoded->tables.size(), requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const DecodedTable& table = decoded->tables[i];
    ASSERT_TRUE(table.rows->ValidateFull().ok()) << table.rows->ValidateFull().ToString();
    ASSERT_EQ(static_cast<std::size_t>(table.rows->num_rows()), table.records.size());
    for (std::int64_t row = 0; row < table.rows->num_rows(); ++row) {
      std::string text = row_text(*table.rows, row);
      if (table.rescued != nullptr && table.rescued->IsValid(row)) {
        text.insert(text.size() - 1, fmt::format(R"(,"_rescued_data":{})", table.rescued->GetView(row)));
      }
      reading.tables[requests[i].table_name].push_back(std::move(text));
    }
  }
}

}  // namespace

Hl7TestSource::Hl7TestSource(Options options, std::vector<std::string> tables) : options_(std::move(options)) {
  if (!options_.has("storage_path")) {
    options_.set("storage_path", folder_.path().string());
  }
  // What holds for files that are opened ahead holds for others: those are read by the cases of the command.
  if (!options_.has("parallel_files")) {
    options_.set("parallel_files", "8");
  }
  if (!options_.has("file_quiet_seconds")) {
    options_.set("file_quiet_seconds", "0");
  }
  make_family();
  for (std::string& table : tables) {
    requests_.push_back({std::move(table), {}});
  }
}

void Hl7TestSource::make_family() {
  auto made = make_hl7v2_tables(options_);
  EXPECT_TRUE(made);
  family_ = *std::move(made);
}

void Hl7TestSource::change_state(const std::string& key, std::optional<std::string> value) {
  state_.erase(key);
  if (value) {
    state_.emplace(key, *std::move(value));
  }
  make_family();
}

void Hl7TestSource::set_offset(Offset offset) {
  offset_ = std::move(offset);
  make_family();
}

Reading Hl7TestSource::read(std::size_t batch_bytes, std::size_t calls) {
  const MapState state(state_);
  WarningLog log(warnings_);
  ReadContext context;
  context.log = &log;
  context.state = &state;
  context.batch_bytes = batch_bytes;
  return run(offset_, context, calls, true);
}

Reading Hl7TestSource::read_and_lose() {
  const MapState state(state_);
  ReadContext context;
  context.state = &state;
  return run(offset_, context, SIZE_MAX, false);
}

Reading Hl7TestSource::preview() { return run(Offset(), ReadContext(), SIZE_MAX, false); }

void Hl7TestSource::commit(const StateDelta::Entries& entries) {
  for (const auto& [key, value] : entries) {
    if (value) {
      state_.insert_or_assign(key, *value);
    } else {
      state_.erase(key);
    }
  }
}

Reading Hl7TestSource::run(const Offset& start, const ReadContext& context, std::size_t calls, bool commits) {
  Reading reading;
  auto reader = family_->read_tables(requests_, start, context);
  auto decoder = family_->make_decoder(requests_);
  if (!reader || !decoder) {
    reading.error = reader ? decoder.error().message() : reader.error().message();
    return reading;
  }
  for (std::size_t call = 0; call < calls; ++call) {
    auto batch = (*reader)->next();
    if (!batch) {
      reading.error = batch.error().message();
      return reading;
    }
    if (auto* raw = std::get_if<RawRecords>(&*batch)) {
      add_records(*raw, **decoder, requests_, reading);
    }
    const std::optional<Offset> offset = (*reader)->offset();
    EXPECT_TRUE(offset.has_value());
    if (commits && offset) {
      const StateDelta delta = (*reader)->state_delta();
      EXPECT_TRUE(delta.empty() || *offset != offset_) << "where the state changes the offset does";
      commit(delta.entries);
      for (const auto& [table, entries] : delta.of_table) {
        commit(entries);
      }
      offset_ = *offset;
    }
    if (const End* end = std::get_if<End>(&*batch)) {
      reading.end = *end == End::kCaughtUp ? "caught_up" : *end == End::kLimit ? "limit" : "complete";
      return reading;
    }
  }
  reading.end = "killed";
  return reading;
}

}  // namespace lakeflow
