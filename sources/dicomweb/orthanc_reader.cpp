#include "sources/dicomweb/orthanc_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/redaction.h"

namespace lakeflow {
namespace {

constexpr std::size_t kSeenChanges = 8;
constexpr std::int64_t kLookedBack = 64;  // how many changes are looked at to find those
constexpr std::size_t kRowsAlwaysDeleted = 100;

std::string mark_of(const OrthancChange& change) { return fmt::format("{}:{}", change.seq, change.id.substr(0, 8)); }

std::string fields_of(const DicomTable& table) {
  const std::string tags = fmt::format("{}", fmt::join(table.further_tags, ","));
  return fmt::format("{:016x}", XXH3_64bits(tags.data(), tags.size()));
}

std::string hash_key(const std::string& id) { return "record/" + id; }

// Keeps what records point to.
struct Texts {
  std::vector<std::shared_ptr<std::string>> answers;
  std::deque<std::string> deletions;  // never moved
};

}  // namespace

Result<std::unique_ptr<RecordReader>> OrthancReader::open(std::unique_ptr<DicomwebServer> server, DicomTable table, const Offset& start,
                                                          const ReadContext& context) {
  LAKEFLOW_ASSIGN(OrthancPosition position, OrthancPosition::parse(start));
  return std::make_unique<OrthancReader>(std::move(server), std::move(table), std::move(position), context);
}

OrthancReader::OrthancReader(std::unique_ptr<DicomwebServer> server, DicomTable table, OrthancPosition start, const ReadContext& context)
    : server_(std::move(server)), api_(*server_), table_(std::move(table)), context_(context), position_(std::move(start)) {}

Result<std::variant<RawRecords, End>> OrthancReader::next() {
  if (!std::exchange(has_begun_, true)) {
    LAKEFLOW_TRY(begin());
  }
  if (context_.deadline && std::chrono::steady_clock::now() >= *context_.deadline && has_begun_) {
    return End::kLimit;
  }
  while (true) {  // until there is something to return: each round makes a request
    if (position_.listing) {
      LAKEFLOW_ASSIGN(Step step, to_list_ ? go_on_listing() : begin_listing());
      return give(std::move(step));
    }
    LAKEFLOW_ASSIGN(std::optional<Step> step, read_changes());
    if (step) {
      return give(*std::move(step));
    }
    LAKEFLOW_ASSIGN(const std::optional<End> end, end_or_listing());
    if (end) {
      return *end;
    }
  }
}

StateDelta OrthancReader::state_delta() { return {.entries = std::exchange(state_, {})}; }

// Where the log is not the one that was read, all is read anew.
Status OrthancReader::begin() {
  const bool is_new = position_.since == 0 && position_.read_at == 0 && position_.seen.empty() && !position_.listing;
  if (!is_new) {
    LAKEFLOW_ASSIGN(const bool same, is_same_log());
    if (same && position_.fields != fields_of(table_)) {
      context_.log->log(LogLevel::kInfo, "other attributes are asked for than before: all is read again", {{"table", table_.name}});
      position_.listing = OrthancListing{.after = "", .all = true};
      position_.fields = fields_of(table_);
    }
    if (same) {
      return {};
    }
    context_.log->log(LogLevel::kWarning,
                      "the log of changes does not hold what was read of it before (another server, a backup that was restored, a log that was "
                      "emptied, or all of it was deleted): all is read again and compared",
                      {{"table", table_.name}});
  }
  OrthancPosition anew;
  anew.read_at = position_.read_at;
  LAKEFLOW_ASSIGN(anew.since, api_.last_change(context_.stop));
  LAKEFLOW_ASSIGN(anew.instances, count_at(anew.since));
  LAKEFLOW_TRY(note_seen(anew));
  anew.listing = OrthancListing{.after = "", .all = true};
  anew.fields = fields_of(table_);
  position_ = std::move(anew);
  return {};
}

Result<bool> OrthancReader::is_same_log() {
  for (const std::string& mark : position_.seen) {
    const std::uint64_t seq = std::strtoull(mark.c_str(), nullptr, 10);
    LAKEFLOW_ASSIGN(const OrthancChanges page, api_.changes(seq == 0 ? 0 : seq - 1, 1, context_.stop));
    if (!page.changes.empty() && page.changes.front().seq == seq) {
      return mark_of(page.changes.front()) == mark;
    }
  }
  // All that was seen went with its resources. An empty server is the same one as long as nothing is known to have been there.
  return position_.seen.empty() && position_.since == 0;
}

// The number of instances as of this change; nothing where others keep coming.
Result<std::optional<std::uint64_t>> OrthancReader::count_at(std::uint64_t seq) {
  LAKEFLOW_ASSIGN(const std::uint64_t count, api_.count(DicomLevel::kInstance, context_.stop));
  LAKEFLOW_ASSIGN(const OrthancChanges later, api_.changes(seq, 1, context_.stop));
  return later.changes.empty() ? std::optional(count) : std::nullopt;
}

Status OrthancReader::note_seen(OrthancPosition& position) {
  const std::uint64_t from = position.since > kLookedBack ? position.since - kLookedBack : 0;
  LAKEFLOW_ASSIGN(const OrthancChanges page, api_.changes(from, kLookedBack, context_.stop));
  position.seen.clear();
  const std::size_t apart = std::max<std::size_t>(page.changes.size() / kSeenChanges, 1);
  for (std::size_t i = 0; i < page.changes.size() && position.seen.size() < kSeenChanges; i += apart) {
    const OrthancChange& change = page.changes[page.changes.size() - 1 - i];
    if (change.seq <= position.since) {
      position.seen.push_back(mark_of(change));
    }
  }
  return {};
}

// What the server has at this moment, and which rows it does not have any more.
Result<OrthancReader::Step> OrthancReader::begin_listing() {
  has_listed_ = true;
  Step step{.position = position_, .records = {}};
  const TimestampMicros now = next_time();
  LAKEFLOW_ASSIGN(to_list_, api_.ids(table_, context_.stop));
  standing_.clear();
  if (context_.standing_keys != nullptr) {
    LAKEFLOW_TRY(context_.standing_keys->scan([this](std::string_view key, std::optional<TimestampMicros>) -> Status {
      standing_.emplace(key);
      return {};
    }));
  }
  step.position.read_at = now;
  if (position_.listing->after.empty()) {
    step.position.compared = now;
  }
  LAKEFLOW_TRY(take_deletions(step));
  if (!position_.listing->all && context_.standing_keys != nullptr) {
    std::erase_if(*to_list_, [this](const std::string& id) { return standing_.contains(id); });
  }
  if (!keeps_hashes()) {
    standing_.clear();
  }
  listed_ = static_cast<std::size_t>(std::ranges::upper_bound(*to_list_, position_.listing->after) - to_list_->begin());
  return step;
}

Status OrthancReader::take_deletions(Step& step) {
  std::vector<std::string> gone;
  for (const std::string& key : standing_) {
    if (!std::ranges::binary_search(*to_list_, key)) {
      gone.push_back(key);
    }
  }
  if (gone.empty()) {
    return {};
  }
  const std::size_t percent = gone.size() * 100 / standing_.size();
  if (gone.size() > kRowsAlwaysDeleted && percent > static_cast<std::size_t>(server_->options().delete_check_limit)) {
    to_list_.reset();
    return std::unexpected(
        Error::source(fmt::format("{}: {} of {} rows are gone from the server, more than delete_check_limit allows ({} %)", table_.name, gone.size(),
                                  standing_.size(), server_->options().delete_check_limit),
                      "is it the right server, and does it show all? Nothing was deleted; if it is right, set delete_check_limit: 100 for one run"));
  }
  context_.log->log(LogLevel::kInfo, "the comparison of ids found what was deleted", {{"table", table_.name}, {"rows", std::to_string(gone.size())}});
  std::ranges::sort(gone);
  auto texts = std::make_shared<Texts>();
  for (const std::string& id : gone) {
    std::string& text = texts->deletions.emplace_back(fmt::format(R"({{"orthanc_id":"{}"}})", id));
    const std::size_t size = text.size();
    text.append(kPadding, ' ');
    step.records.records.push_back({.bytes = std::string_view(text).substr(0, size),
                                    .operation = Operation::kDelete,
                                    .origin = static_cast<std::uint32_t>(step.records.origins.size()),
                                    .position = static_cast<std::uint64_t>(step.position.read_at)});
    step.records.origins.push_back(redact_url(fmt::format("{}/{}/{}", server_->options().orthanc_url, table_.name, id)));
    if (keeps_hashes()) {
      step.state.emplace_back(hash_key(id), std::nullopt);
    }
  }
  step.records.buffer = std::move(texts);
  return {};
}

Result<OrthancReader::Step> OrthancReader::go_on_listing() {
  Step step{.position = position_, .records = {}};
  const std::size_t count = std::min(static_cast<std::size_t>(server_->options().page_size), to_list_->size() - listed_);
  if (count > 0) {
    const auto ids = std::span(*to_list_).subspan(listed_, count);
    LAKEFLOW_TRY(take_records(ids, step));
    step.position.listing->after = ids.back();
    listed_ += count;
  }
  if (listed_ == to_list_->size()) {
    step.position.listing.reset();
    to_list_.reset();
  }
  return step;
}

// Nothing where the log is at its end.
Result<std::optional<OrthancReader::Step>> OrthancReader::read_changes() {
  Step step{.position = position_, .records = {}};
  LAKEFLOW_ASSIGN(const OrthancChanges page, api_.changes(position_.since, server_->options().page_size, context_.stop));
  if (page.changes.empty()) {
    return std::nullopt;
  }
  std::vector<std::string> instances;
  for (const OrthancChange& change : page.changes) {
    if (change.type == "NewInstance") {
      instances.push_back(change.id);
    }
  }
  step.position.since = page.changes.back().seq;
  if (step.position.instances) {
    *step.position.instances += instances.size();
  }
  LAKEFLOW_TRY(take_records(instances, step));
  // Two of a page, so that they are of several studies: those of one may all be deleted.
  std::vector<std::string> seen{mark_of(page.changes.back()), mark_of(page.changes.front())};
  std::ranges::move(step.position.seen, std::back_inserter(seen));
  seen.resize(std::min(seen.size(), kSeenChanges));
  step.position.seen = std::move(seen);
  return step;
}

// At the end of the log: is it all, or was something deleted? Nothing where it goes on.
Result<std::optional<End>> OrthancReader::end_or_listing() {
  LAKEFLOW_ASSIGN(const std::optional<std::uint64_t> count, count_at(position_.since));
  if (!count) {
    return std::nullopt;  // more came meanwhile
  }
  const bool is_due = !has_listed_ && now_micros() - position_.compared > server_->options().comparison_interval_us;
  if (position_.instances == count && !is_due) {
    return End::kCaughtUp;
  }
  position_.instances = count;
  if (has_listed_ && position_.compared > 0 && context_.standing_keys == nullptr) {
    return End::kCaughtUp;  // a comparison without the table's keys finds no more
  }
  position_.listing = OrthancListing{.after = "", .all = keeps_hashes()};
  to_list_.reset();
  if (has_listed_) {
    return End::kCaughtUp;  // by the next run: what is deleted all the time would keep this one for ever
  }
  // What was returned now must stand in the table before it is compared.
  return has_returned_ ? std::optional(End::kLimit) : std::nullopt;
}

Status OrthancReader::take_records(std::span<const std::string> ids, Step& step) {
  step.position.read_at = next_time();
  LAKEFLOW_ASSIGN(OrthancRecords found, fetch_orthanc_records(*server_, table_, ids, context_.stop));
  const auto position = static_cast<std::uint64_t>(step.position.read_at);
  const auto place = [&](std::string_view bytes, const std::string& id) {
    step.records.origins.push_back(redact_url(fmt::format("{}/{}/{}", server_->options().orthanc_url, table_.name, id)));
    return RawRecord{.bytes = bytes, .origin = static_cast<std::uint32_t>(step.records.origins.size() - 1), .position = position};
  };
  for (const OrthancRecords::Record& record : found.records) {
    const std::uint64_t hash = XXH3_64bits(record.bytes.data(), record.bytes.size());
    if (keeps_hashes()) {
      LAKEFLOW_ASSIGN(const bool known, is_known(record.id, hash));
      if (known) {
        ++step.records.filtered["unchanged"];
        continue;
      }
      step.state.emplace_back(hash_key(record.id), fmt::format("{:016x}", hash));
      step.hashes.emplace_back(record.id, hash);
    }
    step.records.records.push_back(place(record.bytes, record.id));
  }
  for (const OrthancRecords::Record& record : found.ambiguous) {
    step.records.broken.push_back({place(record.bytes, "?"), "ambiguous_uid", "several resources of Orthanc share its UID"});
  }
  step.records.bytes_read = found.wire_bytes;
  auto texts = std::make_shared<Texts>();
  texts->answers = std::move(found.texts);
  step.records.buffer = std::move(texts);
  return {};
}

TimestampMicros OrthancReader::next_time() const { return std::max(now_micros(), position_.read_at + 1); }

// Whether the table has this very record.
Result<bool> OrthancReader::is_known(const std::string& id, std::uint64_t hash) const {
  if (const auto in_this_read = hashes_.find(id); in_this_read != hashes_.end()) {
    return in_this_read->second == hash;
  }
  if (context_.state == nullptr || (to_list_ && context_.standing_keys != nullptr && !standing_.contains(id))) {
    return false;
  }
  LAKEFLOW_ASSIGN(const std::optional<std::string> kept, context_.state->find(hash_key(id)));
  return kept == fmt::format("{:016x}", hash);
}

RawRecords OrthancReader::give(Step step) {
  position_ = std::move(step.position);
  std::ranges::move(step.state, std::back_inserter(state_));
  for (const auto& [id, hash] : step.hashes) {
    hashes_.insert_or_assign(id, hash);
  }
  has_returned_ = has_returned_ || !step.records.records.empty();
  return std::move(step.records);
}

}  // namespace lakeflow
