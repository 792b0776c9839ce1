#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include "base/clock.h"
#include "simulator/fhir/fhir_simulator.h"
#include "sources/healthcare/healthcare_connector.h"
#include "sources/healthcare/lakeflow_connect.h"

namespace lakeflow {

// Remembers what was logged.
class RememberingLogger final : public Logger {
 public:
  void write(LogLevel level, std::string_view message, Fields fields) override {
    const std::lock_guard lock(mutex_);
    text_ += fmt::format("{}: {}", log_level_name(level), message);
    for (const auto& [name, value] : fields) {
      text_ += fmt::format(" {}={}", name, value);
    }
    text_ += "\n";
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

// The keyed state of a table, as commits leave it.
class FhirState final : public StateLookup {
 public:
  void apply(const StateDelta& delta) {
    for (const auto& [key, value] : delta.entries) {
      if (value) {
        entries_[key] = *value;
      } else {
        entries_.erase(key);
      }
    }
  }
  // All of it, for tests that look for what must not be there.
  std::string text() const {
    std::string text;
    for (const auto& [key, value] : entries_) {
      text += key + " " + value + "\n";
    }
    return text;
  }
  std::size_t bytes() const {
    std::size_t bytes = 0;
    for (const auto& [key, value] : entries_) {
      bytes += key.size() + value.size();
    }
    return bytes;
  }
  bool operator==(const FhirState& other) const { return entries_ == other.entries_; }

  Result<std::optional<std::string>> find(std::string_view key) const override {
    const auto found = entries_.find(key);
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
  std::map<std::string, std::string, std::less<>> entries_;
};

// The rows that stand in a table, as far as a reader may ask.
class FhirRows final : public StandingKeys {
 public:
  void put(std::string id, std::optional<TimestampMicros> cursor, std::string subjects = {}) { rows_[std::move(id)] = {cursor, std::move(subjects)}; }
  void remove(const std::string& id) { rows_.erase(id); }
  std::set<std::string> ids() const {
    std::set<std::string> ids;
    for (const auto& [id, row] : rows_) {
      ids.insert(id);
    }
    return ids;
  }
  Status scan(const std::function<Status(std::string_view, std::optional<TimestampMicros>)>& visit) const override {
    for (const auto& [id, row] : rows_) {
      LAKEFLOW_TRY(visit(id, row.cursor));
    }
    return {};
  }
  Status scan_subjects(const std::function<Status(std::string_view, std::optional<TimestampMicros>, std::string_view)>& visit) const override {
    for (const auto& [id, row] : rows_) {
      LAKEFLOW_TRY(visit(id, row.cursor, row.subjects));
    }
    return {};
  }

 private:
  struct Row {
    std::optional<TimestampMicros> cursor;
    std::string subjects;
  };
  std::map<std::string, Row> rows_;
};

// What a read (or several) of a table gave.
struct Reading {
  std::vector<std::string> versions;  // "id/versionId" in the order of arrival
  std::vector<std::string> deletes;   // "id@lastUpdated", likewise
  std::map<std::string, std::uint64_t> filtered;
  std::vector<std::string> broken;  // reasons
  std::uint64_t read = 0;           // entries of any kind
  Offset offset;
  FhirState state;  // that goes with the offset
  std::optional<End> end;
  std::optional<Error> error;

  std::set<std::string> distinct() const { return {versions.begin(), versions.end()}; }
};

// A folder of resources that a simulator is started over, and the requests of a client that changes them.
class FhirWorld {
 public:
  explicit FhirWorld(std::string_view resources = {}, std::vector<std::string> faults = {}, std::optional<std::string> bearer_token = {}) {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() / fmt::format("lakeflow-fhir-{}-{}", getpid(), ++count);
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "resources.ndjson") << resources;
    Result<std::unique_ptr<FhirSimulator>> started =
        FhirSimulator::start({.folder = folder_, .bearer_token = std::move(bearer_token), .faults = std::move(faults)});
    EXPECT_TRUE(started) << started.error().message();
    simulator_ = *std::move(started);
    options_.set("fhir_base_url", simulator_->base_url());
    options_.set("retry_budget", "30");
    options_.set("strategy", "search");  // tests of others say so
  }
  ~FhirWorld() { std::filesystem::remove_all(folder_); }
  FhirWorld(const FhirWorld&) = delete;
  FhirWorld& operator=(const FhirWorld&) = delete;

  FhirSimulator& simulator() { return *simulator_; }
  Options& options() { return options_; }
  Options& table_options() { return table_options_; }
  RememberingLogger& log() { return log_; }

  std::unique_ptr<LakeflowConnect> connect() {
    const ConnectorEntry entry = healthcare_connector();
    Result<Options> checked = entry.spec.check_connection_options(options_);
    EXPECT_TRUE(checked) << checked.error().message();
    Result<std::unique_ptr<LakeflowConnect>> connector = entry.make(*checked);
    EXPECT_TRUE(connector) << connector.error().message();
    return *std::move(connector);
  }

  // Reads on from where another reading came to, until the end or until so many calls of next(); each call is committed where it gave an offset.
  Reading read(const Reading& before = {}, std::size_t calls = SIZE_MAX, ReadContext context = {}, std::string_view table = "Patient") {
    Reading reading;
    reading.offset = before.offset;
    reading.state = before.state;
    context.log = &log_;
    context.state = &before.state;
    Result<std::unique_ptr<RecordReader>> reader = connect()->read_table(table, before.offset, table_options_, context);
    EXPECT_TRUE(reader) << reader.error().message();
    for (; calls > 0 && !reading.end && step(**reader, reading); --calls) {
    }
    return reading;
  }

  // One call of a reader, committed where it gave an offset; as an engine does, also where it failed: the offset then is that of what was
  // returned before. False where it failed.
  static bool step(RecordReader& reader, Reading& reading) {
    Result<std::variant<RawRecords, End>> next = reader.next();
    if (!next) {
      reading.error = next.error();
    } else if (const End* end = std::get_if<End>(&*next)) {
      reading.end = *end;
    } else {
      take(std::get<RawRecords>(*next), reading);
    }
    if (std::optional<Offset> offset = reader.offset()) {
      const StateDelta delta = reader.state_delta();
      EXPECT_TRUE(delta.empty() || *offset != reading.offset) << "the state changed, and the offset did not";
      reading.offset = *std::move(offset);
      reading.state.apply(delta);
      EXPECT_LT(reading.offset.json().size(), kMaximumOffsetBytes);
    }
    return !reading.error;
  }

  // Reads with a new reader after each call, as if the process had died after each commit.
  Reading read_in_pieces() {
    Reading all;
    for (int pieces = 0; pieces < 10000 && !all.end && !all.error; ++pieces) {
      Reading piece = read(all, 1);
      if (piece.offset == all.offset && !piece.end && !piece.error) {
        piece = read(all, 2);  // a page of what was read already
      }
      if (piece.offset == all.offset && !piece.end && !piece.error) {
        piece = read(all);
      }
      std::ranges::move(piece.versions, std::back_inserter(all.versions));
      for (const auto& [reason, count] : piece.filtered) {
        all.filtered[reason] += count;
      }
      all.end = piece.end;
      all.error = piece.error;
      all.offset = piece.offset;
      all.state = piece.state;
    }
    return all;
  }

  // Each request on a connection of its own, so that several threads may change the server.
  int put(std::string_view resource_type, std::string_view id, std::string_view more = "") const {
    const std::string body = fmt::format(R"({{"resourceType":"{}","id":"{}"{}}})", resource_type, id, more);
    const auto reply = client().Put(fmt::format("/fhir/{}/{}", resource_type, id), body, "application/fhir+json");
    return reply ? reply->status : 0;
  }
  int remove(std::string_view resource_type, std::string_view id) const {
    const auto reply = client().Delete(fmt::format("/fhir/{}/{}", resource_type, id));
    return reply ? reply->status : 0;
  }
  // Of the resource as the server has it now.
  TimestampMicros last_updated(std::string_view resource_type, std::string_view id) const {
    const auto reply = client().Get(fmt::format("/fhir/{}/{}", resource_type, id));
    return reply ? parse_utc(member(reply->body, "lastUpdated")).value_or(0) : 0;
  }
  int transaction(const std::vector<std::string>& patient_ids) const {
    std::string entries;
    for (const std::string& id : patient_ids) {
      entries += fmt::format(R"({}{{"resource":{{"resourceType":"Patient","id":"{}"}},"request":{{"method":"PUT","url":"Patient/{}"}}}})",
                             entries.empty() ? "" : ",", id, id);
    }
    const std::string bundle = fmt::format(R"({{"resourceType":"Bundle","type":"transaction","entry":[{}]}})", entries);
    const auto reply = client().Post("/fhir", bundle, "application/fhir+json");
    return reply ? reply->status : 0;
  }

  static void take(const RawRecords& records, Reading& reading) {
    for (const RawRecord& record : records.records) {
      if (record.operation == Operation::kDelete) {
        reading.deletes.push_back(member(record.bytes, "id") + "@" + member(record.bytes, "lastUpdated"));
        continue;
      }
      reading.versions.push_back(member(record.bytes, "id") + "/" + member(record.bytes, "versionId"));
    }
    for (const BrokenRecord& broken : records.broken) {
      reading.broken.push_back(broken.reason);
    }
    for (const auto& [reason, count] : records.filtered) {
      reading.filtered[reason] += count;
      reading.read += count;
    }
    reading.read += records.records.size() + records.broken.size();
  }

 private:
  httplib::Client client() const { return httplib::Client("127.0.0.1", simulator_->port()); }

  // The first text member of the name; enough for the resources of these tests.
  static std::string member(std::string_view json, std::string_view name) {
    const std::string key = fmt::format("\"{}\":", name);
    const std::size_t found = json.find(key);
    if (found == std::string_view::npos) {
      return "";
    }
    const std::size_t begin = json.find('"', found + key.size()) + 1;
    return std::string(json.substr(begin, json.find('"', begin) - begin));
  }

  std::filesystem::path folder_;
  std::unique_ptr<FhirSimulator> simulator_;
  Options options_;
  Options table_options_;
  RememberingLogger log_;
};

// A line of NDJSON.
inline std::string patient(std::string_view id, std::string_view last_updated, std::string_view version = "1") {
  return fmt::format("{{\"resourceType\":\"Patient\",\"id\":\"{}\",\"meta\":{{\"versionId\":\"{}\",\"lastUpdated\":\"{}\"}}}}\n", id, version,
                     last_updated);
}

// Patients p0000, p0001 … The time of each is a minute after the one before, and the order of ids has nothing to do with it.
inline std::string patients_a_minute_apart(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const TimestampMicros time = *parse_utc("2024-01-01T00:00:00Z") + TimestampMicros{i} * 60'000'000;
    lines += patient(fmt::format("p{:04}", i * 7919 % count), format_utc(time));
  }
  return lines;
}

inline std::string patients_of_one_time(int count, std::string_view prefix = "t", std::string_view time = "2024-02-02T02:02:02.222Z") {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += patient(fmt::format("{}{:04}", prefix, i), time);
  }
  return lines;
}

}  // namespace lakeflow
