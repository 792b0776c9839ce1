#include "sources/healthcare/fhir/fhir_snapshot_reader.h"

#include <utility>

#include <fmt/format.h>

#include "base/redaction.h"
#include "sources/healthcare/fhir/fhir_patient_probe.h"
#include "sources/healthcare/fhir/fhir_search.h"
#include "sources/healthcare/fhir/fhir_seen_versions.h"

namespace lakeflow {
namespace {

constexpr int kReadings = 5;

}  // namespace

FhirSnapshotReader::FhirSnapshotReader(std::unique_ptr<FhirServer> server, FhirSnapshotOptions options, const ReadContext& context)
    : server_(std::move(server)), options_(std::move(options)), context_(context) {}

Result<std::variant<RawRecords, End>> FhirSnapshotReader::next() {
  if (end_) {
    return *end_;
  }
  LAKEFLOW_ASSIGN(const FhirPage page, fetch_page());
  if (paging_.is_at_first_page()) {
    LAKEFLOW_TRY(check_filter_was_understood(page, options_.type, options_.filter));
  }
  RawRecords records = take_entries(page);
  LAKEFLOW_TRY(choose_next_request(page));
  return records;
}

void FhirSnapshotReader::begin_reading() {
  paging_.begin();
  proof_.begin_reading();
}

Result<FhirPage> FhirSnapshotReader::fetch_page() {
  while (true) {  // until a page comes, or its links expire too often
    const std::string further = options_.filter + (options_.filter.empty() || options_.elements.empty() ? "" : "&") + options_.elements;
    const FhirSearch search{.counted = counts_, .further = further};
    const std::string url = paging_.is_at_first_page() ? search.url(server_->base_url(), options_.type, "", options_.page_size) : paging_.next_url();
    Result<std::optional<FhirPage>> answered = server_->get_bundle(url, context_.stop);
    if (!answered && paging_.is_at_first_page() && counts_ && answered.error().kind() != ErrorKind::kInterrupted) {
      counts_ = false;  // it may be what the server refuses
      continue;
    }
    if (!answered && paging_.is_at_first_page()) {
      return std::unexpected(explain_refusal(*server_, options_.type, std::move(answered).error(), context_.stop));
    }
    LAKEFLOW_ASSIGN(std::optional<FhirPage> page, std::move(answered));
    if (page) {
      return *std::move(page);
    }
    if (paging_.is_at_first_page()) {
      return std::unexpected(Error::source(fmt::format("{} answered that it is not there (404 or 410)", redact_url(url)),
                                           fmt::format("check fhir_base_url, and that the server has the resource type {}", options_.type)));
    }
    LAKEFLOW_TRY(paging_.expire());
    context_.log->log(LogLevel::kInfo, "the server's paging expired: reading the search again", {{"table", options_.type}});
    begin_reading();
  }
}

RawRecords FhirSnapshotReader::take_entries(const FhirPage& page) {
  RawRecords records;
  records.buffer = page.text;
  records.origins.push_back(redact_url(page.url));
  records.bytes_read = page.wire_bytes;
  proof_.take_page(page.answer.total, page.date);
  for (const fhir::BundleEntry& entry : page.answer.entries) {
    if (const std::string_view reason = reason_to_leave_out(entry, options_.type); !reason.empty()) {
      ++records.filtered[std::string(reason)];
      continue;
    }
    if (entry.resource.empty()) {
      records.broken.push_back({{.bytes = entry.bytes, .position = pages_}, "no_resource", "an entry of the Bundle without a resource"});
      continue;
    }
    const std::uint64_t hash = SeenVersions::hash_of(entry);
    proof_.take_version(hash, parse_utc(entry.last_updated));
    if (returned_.insert(hash).second) {
      records.records.push_back({.bytes = entry.resource, .position = pages_});
    } else {
      ++records.filtered["already_read"];
    }
  }
  ++pages_;
  if (!records.records.empty()) {
    paging_.note_progress();
  }
  return records;
}

Status FhirSnapshotReader::choose_next_request(const FhirPage& page) {
  if (page.answer.next_link.empty()) {
    end_reading();
    return {};
  }
  return paging_.follow(page);
}

void FhirSnapshotReader::end_reading() {
  const bool is_whole = proof_.holds() && !proof_.falls_short();
  if (is_whole) {
    end_ = End::kComplete;
  } else if (proof_.readings() >= kReadings) {
    context_.log->log(LogLevel::kWarning,
                      proof_.falls_short() ? "the server gives fewer resources than it counts: nothing is deleted by this snapshot"
                                           : "the server's data changed under each reading of its pages: nothing is deleted by this snapshot",
                      {{"table", options_.type}});
    end_ = End::kCaughtUp;
  } else {
    begin_reading();
  }
}

}  // namespace lakeflow
