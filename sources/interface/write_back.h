#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// A table whose source can be written to.
struct WritableTable {
  // By which it is read so that each change is told of by the next read: options that make a table wait for its deletes are set aside.
  TableRequest table;
  // What stays at the source of a record that was deleted, for people: "its versions in the history"; empty where nothing does.
  std::string remainder = {};
  // Of a source that is not the real one: by which column it tells records apart (one of the table's primary keys; empty: the first), and what of the
  // real one it has.
  std::string key = {};
  bool bears_times = true;       // what is written has a time of its own, by which the table is read on
  bool changes_records = true;   // records that are there are written over; else they are only added
  bool tells_of_deletes = true;  // as a table that is cdc_with_deletes needs it
};

// An optional ability, for tests alone: a few records are written to the source, so that whoever reads it can verify that changes arrive. No ingest
// uses it. The suite of connectors (testing/connector) does, where a person asked for it, and only with names of its own: no record that somebody
// else wrote is touched.
class WriteBack {
 public:
  virtual ~WriteBack() = default;

  // A user error that says why where records of this table can't be written. No network.
  virtual Result<WritableTable> writable_table(const TableRequest& table) = 0;

  // Makes the record of this name, also one that was deleted; or writes it over, with a content that differs by the revision. The name is of small
  // letters, digits and hyphens, 40 at most. Gives the text of its row's key (WritableTable::key), which is the same each time. An error where the
  // source refuses.
  virtual Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) = 0;

  // One that is not there is deleted already.
  virtual Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) = 0;
};

// An optional ability of a WriteBack: it knows the moment in which records are committed.
class LateWriteBack {
 public:
  virtual ~LateWriteBack() = default;

  // Like put_record, of a record whose time of change lies so far back: as if its transaction had taken that long, and nobody had seen it before.
  virtual Result<std::string> put_record_late(const TableRequest& table, std::string_view name, int revision, TimestampMicros late,
                                              const ReadContext& context) = 0;
};

}  // namespace lakeflow
