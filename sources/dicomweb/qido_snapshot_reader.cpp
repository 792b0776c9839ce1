#include "sources/dicomweb/qido_snapshot_reader.h"

#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <xxhash.h>

namespace lakeflow {
namespace {

constexpr int kMostReadings = 8;
constexpr std::uint64_t kPagesBeyond = 10;
constexpr std::uint64_t kRowsAlwaysDeleted = 100;

std::uint64_t hash_of(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

}  // namespace

QidoSnapshotReader::QidoSnapshotReader(std::unique_ptr<DicomwebServer> server, DicomTable table, const ReadContext& context)
    : server_(std::move(server)), table_(std::move(table)), context_(context) {}

Result<std::variant<RawRecords, End>> QidoSnapshotReader::next() {
  if (is_complete_) {
    LAKEFLOW_TRY(check_count());
    return End::kComplete;
  }
  LAKEFLOW_ASSIGN(QidoAnswer answer, server_->search(table_, fmt::format("limit={}&offset={}", server_->options().page_size, met_), context_.stop));
  RawRecords raw;
  raw.buffer = answer.text;
  raw.origins.push_back(std::move(answer.url));
  raw.bytes_read = answer.wire_bytes;
  std::map<std::string_view, std::string_view> of_page;
  std::uint64_t new_of_page = 0;
  for (const QidoRecord& record : answer.records) {
    const std::string& uid = record.uid(table_.uid_tag);
    const RawRecord found{.bytes = record.bytes, .origin = 0, .position = pages_};
    if (uid.empty()) {
      if (readings_ == 0) {
        raw.broken.push_back({found, "no_uid", fmt::format("a record of {} without its UID ({})", table_.name, table_.uid_tag)});
      }
      continue;
    }
    const auto [same, is_first] = of_page.emplace(uid, record.bytes);
    if (returned_.insert(hash_of(uid)).second) {
      raw.records.push_back(found);
      ++new_of_page;
    } else if (!is_first && same->second != record.bytes && readings_ == 0) {
      // One answer can't hold two states of a resource: there are two of them, and the table has room for one.
      raw.broken.push_back({found, "uid_not_unique", "the server has several resources with this UID"});
    } else {
      ++raw.filtered["already_read"];
    }
  }
  ++pages_;
  met_ += answer.records.size();
  new_ += new_of_page;
  const bool is_first_page = met_ == answer.records.size();
  if (!answer.records.empty() && !is_first_page && new_of_page == 0 && !pays_heed_) {
    LAKEFLOW_ASSIGN(pays_heed_, pays_heed_to_offset());
  }
  // A server that gets new records as fast as pages are asked for has a page more for ever.
  const bool is_endless = met_ > returned_.size() + kPagesBeyond * static_cast<std::uint64_t>(server_->options().page_size);
  new_ += is_endless ? 1U : 0U;
  if (answer.records.empty() || is_endless || (!is_first_page && pays_heed_ == false)) {
    LAKEFLOW_TRY(end_reading());
  }
  return raw;
}

// Whether there is nothing where nothing can be.
Result<bool> QidoSnapshotReader::pays_heed_to_offset() {
  constexpr std::uint64_t kFarAway = 1'000'000'000;
  LAKEFLOW_ASSIGN(const QidoAnswer answer, server_->search(table_, fmt::format("limit=1&offset={}", kFarAway), context_.stop));
  return answer.records.empty();
}

Status QidoSnapshotReader::end_reading() {
  ++readings_;
  is_complete_ = std::exchange(new_, 0) == 0 || (readings_ == 1 && met_ == 0);
  if (!is_complete_ && readings_ == kMostReadings) {
    return std::unexpected(
        Error::source(fmt::format("{}: each of {} readings brought records that the ones before had not: the server changes too fast, "
                                  "or gives its pages in another order each time",
                                  table_.name, kMostReadings),
                      "nothing was kept: read while less changes, or with larger pages (page_size)"));
  }
  met_ = 0;
  return {};
}

// A server that shows nothing, or little, of what it had is likelier not to show it all.
Status QidoSnapshotReader::check_count() const {
  if (context_.standing_keys == nullptr) {
    return {};
  }
  std::uint64_t standing = 0;
  std::uint64_t gone = 0;
  LAKEFLOW_TRY(context_.standing_keys->scan([&](std::string_view key, std::optional<TimestampMicros>) -> Status {
    ++standing;
    gone += returned_.contains(hash_of(key)) ? 0U : 1U;
    return {};
  }));
  const std::int64_t limit = server_->options().delete_check_limit;
  if (gone > kRowsAlwaysDeleted && gone * 100 / standing > static_cast<std::uint64_t>(limit)) {
    return std::unexpected(Error::source(
        fmt::format("{}: {} of {} rows are gone from the server, more than delete_check_limit allows ({} %)", table_.name, gone, standing, limit),
        "is it the right server, and does it show all? Nothing was deleted; if it is right, set delete_check_limit: 100 for one run"));
  }
  return {};
}

}  // namespace lakeflow
