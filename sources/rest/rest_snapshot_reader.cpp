#include "sources/rest/rest_snapshot_reader.h"

#include <utility>

#include "sources/rest/page_records.h"

namespace lakeflow {

Result<std::variant<RawRecords, End>> RestSnapshotReader::next() {
  LAKEFLOW_ASSIGN(const std::optional<RestWholeList::Page> came, list_.next());
  if (!came) {
    return End::kComplete;
  }
  PageRecords records(came->page, page_++);
  records.filter("already_read", came->known);
  for (const std::string_view record : came->page.records) {
    if (record.starts_with('{')) {
      records.add(record);
    } else {
      records.add_broken(record, "not_an_object", "an element of the list");
    }
  }
  return std::move(records).take();
}

}  // namespace lakeflow
