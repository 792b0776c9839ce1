#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "sources/interface/lakeflow_connect.h"

namespace lakeflow {

// A table whose source can be written to.
struct WritableTable {
  // By which it is read so that each change is told of by the next read: options that make a table wait for its deletes are set aside.
  TableRequest table;
  // What stays at the source of a record that was deleted, for people: "its versions in the history"; empty where nothing does.
  std::string remainder = {};
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
  // letters, digits and hyphens, 40 at most. Gives the text of its row's first primary key, which is the same each time. An error where the source
  // refuses.
  virtual Result<std::string> put_record(const TableRequest& table, std::string_view name, int revision, const ReadContext& context) = 0;

  // One that is not there is deleted already.
  virtual Status delete_record(const TableRequest& table, std::string_view name, const ReadContext& context) = 0;
};

}  // namespace lakeflow
