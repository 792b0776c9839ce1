// Checks of deletes: of tables that are cdc_with_deletes.

#include <algorithm>

#include "testing/connector/check.h"

namespace lakeflow {
namespace {

Finding tells_of_deletes(TableTrial& trial) {
  if (trial.type() != IngestionType::kCdcWithDeletes) {
    return skipped("its type tells of none");
  }
  const TableReading* const own = trial.deletes();
  const bool in_stream = own == nullptr;
  if (own != nullptr) {
    if (own->error) {
      return trial.ended_with("read_table_deletes", *own->error);
    }
    if (!own->endless.empty()) {
      return failed("read_table_deletes: {}", own->endless);
    }
    if (own->last_place() == nullptr) {
      return failed("read_table_deletes has no offset at its end: each run reads all deletes again");
    }
  }
  const TableReading& reading = in_stream ? trial.full() : *own;
  if (reading.error) {
    return skipped("the table can't be read (reads_to_its_end says why)");
  }
  const auto deletes = static_cast<std::size_t>(std::ranges::count_if(reading.rows, &ReadRow::deleted));
  if (!in_stream && deletes != reading.rows.size()) {
    return failed("{} of {} rows of read_table_deletes are no deletes", reading.rows.size() - deletes, reading.rows.size());
  }
  const auto lacking = std::ranges::count_if(reading.rows, [](const ReadRow& row) { return row.deleted && row.lacks_key; });
  if (lacking > 0) {
    return failed("{} of {} deletes do not say of whom", lacking, deletes);
  }
  if (deletes == 0 && trial.request().has_deletes) {
    return failed("no delete came, and the source has some");
  }
  if (deletes == 0) {
    return skipped("no delete came: the source has none now, or tells of them only after a first load");
  }
  const auto timeless = std::ranges::count_if(reading.rows, [](const ReadRow& row) { return row.deleted && row.lacks_sequence; });
  return passed("{}{}{}", count_of(deletes, "delete"), in_stream ? " among the other records" : " in a stream of their own",
                timeless == 0 ? "" : fmt::format(", {} without a value of the cursor", timeless));
}

}  // namespace

std::vector<TableCheckOf> delete_checks() {
  return {{"tells_of_deletes", "rows of what is long gone",
           "give each deletion its key and Operation::kDelete, with an offset at the end; is their list asked for, and its key looked for at the "
           "right place?",
           tells_of_deletes}};
}

}  // namespace lakeflow
