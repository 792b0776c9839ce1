#include "sources/healthcare/fhir/fhir_id_comparison.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_history_entry.h"

namespace lakeflow {
namespace {

constexpr std::size_t kConfirmedAtOnce = 50;  // by one call of next()
constexpr std::uint64_t kAlwaysAllowed = 100;
constexpr TimestampMicros kMicrosecond = 1;

}  // namespace

FhirIdComparison::FhirIdComparison(FhirServer& server, FhirIdComparisonOptions options, std::unique_ptr<FhirIdListing> listing,
                                   std::vector<std::uint64_t> met, const ReadContext& context)
    : server_(server), options_(std::move(options)), context_(context), listing_(std::move(listing)), met_(std::move(met)) {}

Result<std::variant<RawRecords, End>> FhirIdComparison::next() {
  if (!is_listed_) {
    LAKEFLOW_ASSIGN(auto step, listing_->next());
    if (std::holds_alternative<RawRecords>(step)) {
      return step;
    }
    is_listed_ = true;
    LAKEFLOW_TRY(find_missing());
  }
  if (confirmed_ < missing_.size()) {
    LAKEFLOW_ASSIGN(RawRecords records, confirm_some());
    return records;
  }
  report();
  return End::kComplete;
}

Status FhirIdComparison::find_missing() {
  std::vector<std::uint64_t> listed = listing_->take_ids();
  listed.insert(listed.end(), met_.begin(), met_.end());
  met_ = {};
  std::ranges::sort(listed);
  std::uint64_t rows = 0;
  const auto compare = [&](std::string_view id, std::optional<TimestampMicros> cursor) -> Status {
    ++rows;
    if (!std::ranges::binary_search(listed, FhirSearchReader::hash_of_id(id))) {
      missing_.push_back({.id = std::string(id), .cursor = cursor});
    }
    return {};
  };
  if (listing_->is_of_patients()) {
    LAKEFLOW_TRY(context_.standing_keys->scan_subjects([&](std::string_view id, std::optional<TimestampMicros> cursor, std::string_view subjects) {
      const bool is_covered = listing_->covers(id, subjects);
      left_out_ += is_covered ? 0U : 1U;
      return is_covered ? compare(id, cursor) : Status();
    }));
  } else {
    LAKEFLOW_TRY(context_.standing_keys->scan(compare));
  }
  const std::uint64_t allowed = std::max(kAlwaysAllowed, rows * static_cast<std::uint64_t>(options_.limit_percent) / 100);
  if (missing_.size() > allowed) {
    return std::unexpected(Error::source(
        fmt::format("{} of the {} rows of {} are not among the resources that the server lists: more than may be deleted at once "
                    "(delete_check_limit: {})",
                    missing_.size(), rows, options_.type, options_.limit_percent),
        "if the server shows less than before (another user, another scope, another search_filter), set that right; if so much was really "
        "deleted, set delete_check_limit: 100 for one run"));
  }
  return {};
}

Result<RawRecords> FhirIdComparison::confirm_some() {
  auto texts = std::make_shared<std::deque<std::string>>();  // never moved
  RawRecords records;
  records.origins.push_back(redact_url(fmt::format("{}/{}", server_.base_url(), options_.type)));
  for (std::size_t count = 0; count < kConfirmedAtOnce && confirmed_ < missing_.size(); ++count, ++confirmed_) {
    const Missing& missing = missing_[confirmed_];
    const Result<HttpResponse> answer =
        server_.get(fmt::format("{}/{}/{}", server_.base_url(), options_.type, percent_encode(missing.id)), context_.stop);
    if (!answer) {
      return std::unexpected(answer.error());
    }
    records.bytes_read += answer->wire_bytes;
    if (answer->status == 404 || answer->status == 410) {
      std::string& text = texts->emplace_back(delete_record(options_.type, missing.id, "", time_of(missing)));
      const std::size_t size = text.size();
      text.append(kPadding, ' ');
      records.records.push_back({.bytes = std::string_view(text).substr(0, size), .operation = Operation::kDelete, .position = confirmed_});
      ++deleted_;
    } else if (answer->status >= 200 && answer->status < 300) {
      ++still_there_;
    } else {
      ++unanswered_;
    }
  }
  records.buffer = std::move(texts);
  return records;
}

std::optional<TimestampMicros> FhirIdComparison::time_of(const Missing& missing) const {
  if (!missing.cursor) {
    return std::nullopt;
  }
  // Only where both times are the server's own.
  const TimestampMicros was_there = options_.compared && began() ? *options_.compared - options_.look_back : *missing.cursor;
  return std::max(*missing.cursor, was_there) + kMicrosecond;
}

void FhirIdComparison::report() const {
  const auto log = [this](LogLevel level, std::string_view message, std::uint64_t count) {
    if (count > 0) {
      context_.log->log(level, message, {{"table", options_.type}, {"rows", std::to_string(count)}});
    }
  };
  log(LogLevel::kInfo, "the comparison of ids found what was deleted", deleted_);
  log(LogLevel::kInfo, "rows name no patient whose resources were listed just now: they stay, and deletions of theirs are not seen", left_out_);
  log(LogLevel::kWarning, "resources are not in the server's listing, but it gives them when asked for by id: their rows stay", still_there_);
  log(LogLevel::kWarning, "resources are not in the server's listing, and it does not say whether they are there: their rows stay", unanswered_);
}

}  // namespace lakeflow
