#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "sources/interface/raw_records.h"
#include "sources/interface/table_metadata.h"

namespace lakeflow {

// A table of the source system that lives in memory.
struct MemoryTable {
  std::string name;
  IngestionType type = IngestionType::kAppend;
  std::string pass_group;         // tables of one group are filled by one reading of one log
  bool deletes_in_stream = true;  // of cdc_with_deletes: else they are read by read_table_deletes
};

// What the logs of a system hold: a pure function of these numbers, so that two processes see the same source.
struct MemoryContent {
  std::uint64_t seed = 1;
  std::uint64_t keys = 500;         // fewer keys: more versions a key
  std::uint64_t ties = 3;           // so many entries in a row bear the same time
  std::uint64_t bad_per_mille = 0;  // entries that are torn, no JSON, without key or sequence, or left out by the reader
  std::uint64_t odd_per_mille = 0;  // entries with a value that does not fit its column, or with a member more
  // Not 0: the entries of the first `shuffled` places come in another order.
  std::uint64_t shuffle_seed = 0;
  std::uint64_t shuffled = 0;
};

// How the readers of a table behave.
struct MemoryBehaviour {
  std::uint64_t records_per_call = 100;
  std::uint64_t records_per_offset = 1;      // there is an offset at multiples of this and at the end
  std::uint64_t records_per_state = 0;       // not 0: a reader leaves an entry of keyed state every so many, and demands them on resuming
  std::uint64_t limit = 0;                   // not 0: End::kLimit after so many
  std::size_t offset_padding = 0;            // bytes that make its offsets longer
  std::optional<Error> describe_error = {};  // get_table_schema fails
  std::optional<Error> open_error = {};      // read_table fails
  // At this place of the log a reader fails with this error, hangs (whatever is asked of it, until MemorySystem::release) or
  // waits for more (until it is stopped).
  std::optional<std::uint64_t> fail_at = {};
  std::optional<std::uint64_t> hang_at = {};
  std::optional<std::uint64_t> wait_at = {};
  bool lossy_decoder = false;  // of a group: its decoder forgets a record now and then
};

// One entry of a log.
struct MemoryEntry {
  std::string json;  // or what stands where JSON should
  Operation operation = Operation::kUpsert;
  std::uint64_t key = 0;  // which of MemoryContent::keys it is about
  bool bad = false;       // one of MemoryContent::bad_per_mille
  std::string broken;     // not empty: a BrokenRecord of this reason
  std::string filtered;   // not empty: left out for this reason
};

// A source system in memory. Its tables read logs that grow; tests tell it how long they are and how its readers
// misbehave. Thread-safe.
class MemorySystem {
 public:
  MemorySystem(std::vector<MemoryTable> tables, MemoryContent content) : tables_(std::move(tables)), content_(content) {}

  // All four ingestion types, a group of three, and deletes both ways.
  static std::vector<MemoryTable> all_kinds();

  const std::vector<MemoryTable>& tables() const { return tables_; }
  const MemoryTable* find(std::string_view name) const;
  std::uint64_t keys() const { return content_.keys; }

  // How many entries the logs have. With every call of a reader they grow by `per_call`, to `up_to` at most: changes under way.
  void set_length(std::uint64_t length, std::uint64_t per_call = 0, std::uint64_t up_to = 0);
  std::uint64_t length() const;
  void called();

  void set_behaviour(const std::string& table, MemoryBehaviour behaviour);
  MemoryBehaviour behaviour(std::string_view table) const;

  // The entry at this place of the table's log.
  MemoryEntry entry(const MemoryTable& table, std::uint64_t place) const;

  // Who listens for changes, and what tells him that these tables have something new.
  using Listener = std::function<void(const std::vector<std::string>&)>;
  void set_listener(Listener listener);
  void announce(const std::vector<std::string>& tables);

  // Holds the caller until release().
  void hang();
  // Frees the readers that hang now, and waits until they have gone on.
  void release();

 private:
  const std::vector<MemoryTable> tables_;
  const MemoryContent content_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t length_ = 0;
  std::uint64_t per_call_ = 0;
  std::uint64_t up_to_ = 0;
  std::map<std::string, MemoryBehaviour, std::less<>> behaviours_;
  Listener listener_;
  std::uint64_t releases_ = 0;
  int hanging_ = 0;
};

}  // namespace lakeflow
