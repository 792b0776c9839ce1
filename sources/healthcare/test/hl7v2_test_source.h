#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/files/test/temporary_folder.h"
#include "sources/healthcare/table_family.h"
#include "sources/healthcare/test/hl7v2_row_text.h"
#include "sources/interface/decoder.h"

namespace lakeflow {

// What one read gave, in text.
struct Reading {
  std::map<std::string, std::vector<std::string>> tables;  // by name, a JSON object a row without its null members
  std::vector<std::string> broken;                         // "file@position reason bytes"
  std::set<std::string> origins;                           // of the records, below the folder
  std::map<std::string, std::uint64_t> filtered;
  std::uint64_t records = 0;  // that the reader gave
  std::uint64_t decoded = 0;  // of these, those that gave rows
  std::string error;          // of whatever failed
  std::string end;            // "complete", "caught_up", "limit"
};

// A folder of HL7 files (its own, where the options name none), read as the framework does: records, decoder, and the keyed state committed with the
// offset.
class Hl7TestSource {
 public:
  explicit Hl7TestSource(Options options = {}, std::vector<std::string> tables = {"adt_messages", "oru_messages", "pid", "obx"});

  const TemporaryFolder& folder() const { return folder_; }
  TableFamily& tables() { return *family_; }

  // Reads on from what was committed, and commits it; `calls`: stops as if killed before the n-th next(), having committed
  // all before it. A read that was killed ends as "killed".
  Reading read(std::size_t batch_bytes = 4U << 20U, std::size_t calls = SIZE_MAX);
  // Reads on, and commits nothing: as if the destination had failed.
  Reading read_and_lose();
  // Reads all as a preview does: from the beginning, without state, committing nothing.
  Reading preview();

  const std::map<std::string, std::string>& state() const { return state_; }
  const Offset& offset() const { return offset_; }
  // By hand, as if in the destination. What the process remembers is gone with it.
  void change_state(const std::string& key, std::optional<std::string> value);
  void set_offset(Offset offset);
  const std::vector<std::string>& warnings() const { return warnings_; }

  // From the beginning, as a full refresh reads.
  void forget_all() {
    state_.clear();
    offset_ = Offset();
  }

 private:
  void commit(const StateDelta::Entries& entries);
  Reading run(const Offset& start, const ReadContext& context, std::size_t calls, bool commits);

  void make_family();

  TemporaryFolder folder_;
  Options options_;
  std::unique_ptr<TableFamily> family_;
  std::vector<TableRequest> requests_;
  std::map<std::string, std::string> state_;
  Offset offset_;
  std::vector<std::string> warnings_;
};

}  // namespace lakeflow
