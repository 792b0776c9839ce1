#include "sources/rest/rest_child_snapshot_reader.h"

#include <fmt/format.h>

#include <utility>

#include "sources/rest/page_records.h"

namespace lakeflow {
namespace {

// So many answers without a row in one call: then the caller has a turn.
constexpr int kMostQuietAnswers = 100;

}  // namespace

RestChildSnapshotReader::RestChildSnapshotReader(std::unique_ptr<RestServer> server, const RestTable& table, const RestTable& parent,
                                                 const ReadContext& context)
    : server_(std::move(server)), table_(table), parent_table_(parent), context_(context) {
  parents_list_.emplace(*server_, parent.list, parent.list.path, parent.primary_keys, parent.name, context_);
}

Result<std::variant<RawRecords, End>> RestChildSnapshotReader::next() {
  RawRecords quiet;
  for (int answers = 0; answers < kMostQuietAnswers; ++answers) {
    if (parents_list_) {
      LAKEFLOW_ASSIGN(const std::optional<RestWholeList::Page> came, parents_list_->next());
      if (!came) {
        parents_list_.reset();
        continue;
      }
      quiet.bytes_read += came->page.wire_bytes;
      LAKEFLOW_TRY(take_parents(*came));
      continue;
    }
    if (!list_ && next_parent_ == parents_.size()) {
      LAKEFLOW_TRY(refuse_if_all_are_gone());
      return End::kComplete;
    }
    if (!list_) {
      list_.emplace(*server_, table_.list, path_below(table_, parents_[next_parent_]), own_keys(table_), table_.name, context_);
    }
    LAKEFLOW_ASSIGN(const std::optional<RestWholeList::Page> came, list_->next());
    if (!came) {
      gone_ += list_->is_gone() ? 1U : 0U;
      list_.reset();
      ++next_parent_;
      continue;
    }
    if (!came->page.records.empty() || came->known > 0) {
      LAKEFLOW_ASSIGN(RawRecords raw, rows_of(*came));
      raw.bytes_read += quiet.bytes_read;
      return raw;
    }
    quiet.bytes_read += came->page.wire_bytes;
  }
  return quiet;
}

Status RestChildSnapshotReader::take_parents(const RestWholeList::Page& came) {
  for (const std::string_view record : came.page.records) {
    if (!record.starts_with('{')) {
      continue;  // its own table tells of it
    }
    LAKEFLOW_ASSIGN(const bool is_deleted, is_marked_deleted(server_->json(), parent_table_, record));
    if (!is_deleted) {
      LAKEFLOW_ASSIGN(RestParentRecord parent, parent_record(server_->json(), table_, record));
      parents_.push_back(std::move(parent));
    }
  }
  return {};
}

Result<RawRecords> RestChildSnapshotReader::rows_of(const RestWholeList::Page& came) {
  PageRecords records(came.page, page_++);
  records.filter("already_read", came.known);
  for (const std::string_view record : came.page.records) {
    if (record.starts_with('{')) {
      LAKEFLOW_ASSIGN(const std::string row, row_below(server_->json(), table_, parents_[next_parent_], record));
      records.add_composed(row, Operation::kUpsert);
    } else {
      records.add_broken(record, "not_an_object", "an element of the list");
    }
  }
  return std::move(records).take();
}

Status RestChildSnapshotReader::refuse_if_all_are_gone() const {
  if (gone_ > 0 && gone_ == parents_.size()) {
    return std::unexpected(nobody_below(table_, gone_));
  }
  if (gone_ > 0) {
    context_.log->log(LogLevel::kInfo, "some parents were gone when the lists below them were asked for",
                      {{"table", table_.name}, {"parents", std::to_string(parents_.size())}, {"gone", std::to_string(gone_)}});
  }
  return {};
}

}  // namespace lakeflow
