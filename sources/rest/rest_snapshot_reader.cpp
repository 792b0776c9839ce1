#include "sources/rest/rest_snapshot_reader.h"

#include <fmt/format.h>

#include <utility>

#include "sources/rest/page_records.h"

namespace lakeflow {
namespace {

constexpr int kMostWalks = 5;

}  // namespace

Result<std::variant<RawRecords, End>> RestSnapshotReader::next() {
  while (true) {  // ends with kMostWalks at the latest
    if (!pages_) {
      pages_.emplace(*server_, table_.list, std::vector<RestParameter>());
      ++walks_;
    }
    LAKEFLOW_ASSIGN(std::optional<RestPage> page, pages_->next(context_.stop));
    if (page) {
      LAKEFLOW_ASSIGN(RawRecords raw, new_records(*page));
      return raw;
    }
    if (pages_->doubt().empty()) {
      return End::kComplete;
    }
    if (walks_ == kMostWalks) {
      return std::unexpected(
          Error::source(fmt::format("the list of table {} could not be read whole in {} walks over it: {}", table_.name, kMostWalks, pages_->doubt()),
                        "try again when fewer changes are made; an order of the list that does not change, or a cursor, helps"));
    }
    context_.log->log(LogLevel::kInfo, "the list is read again", {{"table", table_.name}, {"why", pages_->doubt()}});
    pages_.reset();
  }
}

Result<RawRecords> RestSnapshotReader::new_records(const RestPage& page) {
  PageRecords records(page, page_++);
  for (const std::string_view record : page.records) {
    if (!record.starts_with('{')) {
      records.add_broken(record, "not_an_object", "an element of the list");
      continue;
    }
    LAKEFLOW_ASSIGN(std::string identity, record_identity(server_->json(), record, table_.primary_keys));
    if (returned_.insert(std::move(identity)).second) {
      records.add(record);
    } else {
      records.filter("already_read");
    }
  }
  return std::move(records).take();
}

}  // namespace lakeflow
