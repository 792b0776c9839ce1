#include "destinations/duckdb/tombstones.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "destinations/sql/sql_text.h"

namespace lakeflow {

Tombstones::Tombstones(const TableWriter& writer) : writer_(&writer) {}

Result<bool> Tombstones::any() {
  if (looked_) return any_;
  const std::string table = writer_->plan().target.text();
  const Parameter parameters[] = {std::string_view(table)};
  LAKEFLOW_ASSIGN(
      const std::int64_t found,
      writer_->connection().integer(writer_->doing(), "SELECT count(*) FROM _lakeflow.tombstones WHERE destination_table = $1", parameters));
  any_ = found > 0;
  looked_ = true;
  return any_;
}

std::string Tombstones::select(const SliceSql& sql) const {
  return fmt::format("SELECT rowid AS tombstone_row, key, {}, {} AS place FROM _lakeflow.tombstones WHERE {}", sql.sequences_from_text(),
                     sql.place_from_text(), any_ ? "destination_table = " + quote_text(writer_->plan().target.text()) : "false");
}

Result<std::uint64_t> Tombstones::add(const SliceSql& sql, const std::string& from) {
  const std::string table = writer_->plan().target.text();
  const Parameter parameters[] = {std::string_view(table), Timestamp{now_micros()}};
  LAKEFLOW_ASSIGN(const std::uint64_t added,
                  writer_->connection().change(writer_->doing(),
                                               fmt::format("INSERT INTO _lakeflow.tombstones SELECT $1, {}, {}, $2 FROM {}", sql.keys_text("s"),
                                                           sql.sequences_text("s"), from),
                                               parameters));
  any_ |= added > 0;
  return added;
}

}  // namespace lakeflow
