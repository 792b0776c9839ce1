#include "sources/rest/rest_child_change_reader.h"

#include <utility>

#include "sources/rest/page_records.h"
#include "sources/rest/seen_records.h"

namespace lakeflow {
namespace {

constexpr int kMostQuietAnswers = 100;
constexpr std::string_view kRowsBelow = "below/";

std::set<std::string> lines_of(std::string_view text) {
  std::set<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

RestChildChangeReader::RestChildChangeReader(std::unique_ptr<RestServer> server, std::unique_ptr<RestChangeReader> parents, const RestTable& table,
                                             bool is_first_load, const ReadContext& context)
    : server_(std::move(server)), parents_(std::move(parents)), table_(table), context_(context), has_answered_(!is_first_load) {}

Result<std::variant<RawRecords, End>> RestChildChangeReader::next() {
  RawRecords quiet;
  if (!below_ && moved_.empty()) {
    LAKEFLOW_ASSIGN(auto came, parents_->next());
    if (std::holds_alternative<End>(came)) {
      return has_answered_ || gone_ == 0 ? Result<std::variant<RawRecords, End>>(std::move(came)) : std::unexpected(nobody_below(table_, gone_));
    }
    LAKEFLOW_ASSIGN(quiet, take_parents(std::get<RawRecords>(came)));
  }
  // Behind the last of these parents there is a place, which the caller may want.
  for (int answers = 0; answers < kMostQuietAnswers && (below_ || !moved_.empty()); ++answers) {
    LAKEFLOW_ASSIGN(RawRecords raw, next_below());
    raw.bytes_read += quiet.bytes_read;
    for (const auto& [reason, count] : quiet.filtered) {
      raw.filtered[reason] += count;
    }
    if (raw.size() > 0) {
      return raw;
    }
    quiet = std::move(raw);
  }
  return quiet;
}

// What is told of parents that were read and are none to look below.
Result<RawRecords> RestChildChangeReader::take_parents(const RawRecords& raw) {
  for (const RawRecord& record : raw.records) {
    LAKEFLOW_ASSIGN(RestParentRecord parent, parent_record(server_->json(), table_, record.bytes));
    moved_.push_back({.record = std::move(parent), .is_deleted = record.operation == Operation::kDelete});
  }
  RawRecords others;
  others.filtered = raw.filtered;
  others.bytes_read = raw.bytes_read;
  return others;
}

Result<RawRecords> RestChildChangeReader::next_below() {
  if (!below_) {
    below_.emplace(Below{.parent = std::move(moved_.front()), .path = {}, .list = {}, .keys = {}});
    moved_.pop_front();
    below_->path = path_below(table_, below_->parent.record);
    if (!below_->parent.is_deleted) {
      below_->list.emplace(*server_, table_.list, below_->path, own_keys(table_), table_.name, context_);
    }
  }
  std::optional<RestWholeList::Page> came;
  if (below_->list) {
    LAKEFLOW_ASSIGN(came, below_->list->next());
  }
  return came ? rows_of(*came) : finish();
}

Result<RawRecords> RestChildChangeReader::rows_of(const RestWholeList::Page& came) {
  has_answered_ = has_answered_ || !came.page.is_gone;
  PageRecords records(came.page, page_++);
  records.filter("already_read", came.known);
  for (const std::string_view record : came.page.records) {
    if (!record.starts_with('{')) {
      records.add_broken(record, "not_an_object", "an element of the list");
      continue;
    }
    LAKEFLOW_ASSIGN(const std::string row, row_below(server_->json(), table_, below_->parent.record, record));
    records.add_composed(row, Operation::kUpsert);
    LAKEFLOW_ASSIGN(std::optional<std::string> key, own_key_below(server_->json(), table_, record));
    if (key) {
      below_->keys.insert(*std::move(key));
    }
  }
  return std::move(records).take();
}

// The list below a parent was read whole: what is known below it and did not come is no more.
Result<RawRecords> RestChildChangeReader::finish() {
  gone_ += below_->list && below_->list->is_gone() ? 1U : 0U;
  const std::string entry = std::string(kRowsBelow) + identity_of(below_->path);
  LAKEFLOW_ASSIGN(const std::set<std::string> known, known_keys(entry));
  PageRecords deletions(server_->options().base_url + table_.list.path, page_);
  for (const std::string& key : known) {
    if (!below_->keys.contains(key)) {
      deletions.add_composed(deletion_below(table_, below_->parent.record, key), Operation::kDelete);
    }
  }
  if (known != below_->keys) {
    std::string keys;
    for (const std::string& key : below_->keys) {
      keys += keys.empty() ? "" : "\n";
      keys += key;
    }
    written_[entry] = keys;
    delta_.entries.emplace_back(entry, keys.empty() ? std::nullopt : std::optional(keys));
  }
  below_.reset();
  return std::move(deletions).take();
}

Result<std::set<std::string>> RestChildChangeReader::known_keys(const std::string& entry) const {
  if (const auto written = written_.find(entry); written != written_.end()) {
    return lines_of(written->second);
  }
  if (context_.state == nullptr) {
    return std::set<std::string>();
  }
  LAKEFLOW_ASSIGN(const std::optional<std::string> committed, context_.state->find(entry));
  return lines_of(committed.value_or(""));
}

std::optional<Offset> RestChildChangeReader::offset() const {
  // As long as no list was there at all, nothing proves that this is their path.
  if (below_ || !moved_.empty() || (!has_answered_ && gone_ > 0)) {
    return std::nullopt;
  }
  std::optional<RestPosition> place = parents_->position();
  if (!place) {
    return std::nullopt;
  }
  place->changes += deltas_ + (delta_.empty() ? 0U : 1U);
  return place->offset(parents_->form());
}

StateDelta RestChildChangeReader::state_delta() {
  StateDelta delta = parents_->state_delta();
  deltas_ += delta_.empty() ? 0U : 1U;
  for (auto& entry : std::exchange(delta_, {}).entries) {
    delta.entries.push_back(std::move(entry));
  }
  return delta;
}

}  // namespace lakeflow
