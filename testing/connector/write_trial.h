#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sources/interface/write_back.h"
#include "testing/connector/finding.h"
#include "testing/connector/table_reading.h"

namespace lakeflow {

class TableTrial;

// Records of our own that are written to the source, changed, deleted and made again, and after each what an ingest would read on: once for all
// checks that look at it. Nothing of it takes place before the first of them asks.
class WriteTrial {
 public:
  explicit WriteTrial(TableTrial& trial) : trial_(trial) {}

  // What is done, one after the other. The records are three; the second and third steps are about the first and the second of them.
  enum class Step { kMake, kChange, kDelete, kMakeAgain };

  // Does all up to this step. Why it could not be done, as far as that goes; nothing where rows() can be looked at.
  std::optional<Finding> obstacle_of(Step step);

  // Writes one more record, whose time of change lies so far back as the request says; behind kMake. Why that could not be done; nothing where
  // rows_late() can be looked at.
  std::optional<Finding> obstacle_of_late_commit();

  // What the source is like; behind a step that was done.
  const WritableTable& writable() const { return *writable_; }

  // The rows of one of the records (from 0) that came after the step, in the order in which they came. Of a snapshot: those that are there now.
  std::vector<ReadRow> rows_after(Step step, std::size_t record) const;
  std::vector<ReadRow> rows_late() const;
  std::size_t reads_late() const { return late_.reads; }
  std::size_t reads_after(Step step) const { return done_[static_cast<std::size_t>(step)].reads; }

  // Takes back what it wrote. What is left of it at the source, for people; nothing where nothing was written.
  std::optional<std::string> clean_up();

 private:
  struct Done {
    std::vector<ReadRow> rows;  // of all of the records
    std::size_t reads = 0;
  };

  std::optional<Finding> begin();
  std::optional<Finding> do_step(Step step);
  // Reads on until it has come, or the patience is at its end.
  std::optional<Finding> wait_for(Done& done, const std::function<bool()>& has_come);
  std::optional<Finding> read_on(Done& done);
  bool has_come(Step step, const std::vector<ReadRow>& rows) const;
  std::vector<ReadRow> rows_of(const std::vector<ReadRow>& rows, std::size_t record) const;
  std::string name_of(std::size_t record) const;

  TableTrial& trial_;
  WriteBack* writer_ = nullptr;
  std::optional<WritableTable> writable_;
  std::optional<TableUnderTest> table_;  // as it is read here
  bool has_stream_of_deletes_ = false;
  std::string prefix_;             // of the names: of this trial alone
  std::vector<std::string> keys_;  // of the records that were made
  std::size_t key_position_ = 0;   // of the column that they stand in, among the table's primary keys
  bool has_begun_ = false;
  // Where the ingest stands: one offset, or two where the deletes have a stream of their own, and the keyed state of both.
  Offset changes_;
  Offset deletes_;
  KeyedState state_;
  std::map<std::string, std::optional<TimestampMicros>> standing_;  // the cursors of the rows that stand, by their keys
  std::vector<Done> done_ = std::vector<Done>(4);
  Done late_;
  std::size_t steps_ = 0;  // that were done
  std::optional<Finding> failure_;
};

}  // namespace lakeflow
