#include "simulator/fhir/fhir_service.h"

#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/fhir/bundle_text.h"
#include "simulator/fhir/capability_statement.h"
#include "simulator/fhir/resource_types.h"
#include "simulator/fhir/resource_write.h"

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;

std::unexpected<Refusal> no_such(std::string_view what) { return refuse(404, "not-found", fmt::format("there is no {}", what)); }

std::unexpected<Refusal> not_allowed(const FhirRequest& request) {
  return refuse(405, "not-supported", fmt::format("{} is not an interaction of this place", request.method));
}

FhirAnswer answer_version(int status, const ResourceVersion& version) { return {.status = status, .body = version.text, .version = &version}; }

}  // namespace

std::string_view subject_of(const FhirRequest& request) {
  return request.segments.empty() ? std::string_view("transaction") : request.segments.front();
}

FhirService::FhirService(FaultPlan& faults, std::stop_token stop, std::uint64_t seed, std::size_t default_page_size, std::size_t maximum_page_size)
    : faults_(faults),
      stop_(std::move(stop)),
      seed_(seed),
      default_page_size_(default_page_size),
      maximum_page_size_(maximum_page_size),
      searches_(seed) {}

FhirAnswer FhirService::answer(const FhirRequest& request) {
  const auto skew = faults_.strikes("clock-skew", subject_of(request));
  clock_.set_skew(skew ? parse_integer(*skew).value_or(0) * kSecond : 0);
  auto granted = dispatch(request);
  return granted ? *std::move(granted) : answer_refusal(granted.error());
}

Granted<FhirAnswer> FhirService::dispatch(const FhirRequest& request) {
  if (request.segments.empty()) {
    return request.method == "POST" ? bundle(request) : not_allowed(request);
  }
  const std::string& first = request.segments.front();
  if (first == "metadata") {
    return FhirAnswer{.body = capability_statement(request.base_url, clock_.now(), [this](std::string_view type) {
                        const auto fault = faults_.strikes("no-history", type);
                        return (!fault || *fault == "declared") && !faults_.strikes("requires-patient", type);
                      })};
  }
  if (first == "_history" && request.segments.size() == 1) {
    return history(request, "", "");
  }
  if (!is_fhir_resource_type(first)) {
    return no_such("resource type of this name");
  }
  return request.segments.size() == 1 || !is_fhir_id(request.segments[1]) ? dispatch_type(request) : dispatch_resource(request);
}

// /Type, /Type/_search, /Type/_history
Granted<FhirAnswer> FhirService::dispatch_type(const FhirRequest& request) {
  const std::string_view below = request.segments.size() == 1 ? std::string_view() : request.segments[1];
  if (request.segments.size() > 2) {
    return no_such("such place");
  }
  if (below.empty() && request.method == "GET") return search(request);
  if (below.empty() && request.method == "POST") return create(request);
  if (below == "_search" && request.method == "POST") return search(request);
  if (below == "_history" && request.method == "GET") return history(request, request.segments[0], "");
  if (below.empty() || below == "_search" || below == "_history") return not_allowed(request);
  return no_such("such place");
}

// /Type/id, /Type/id/_history, /Type/id/_history/version
Granted<FhirAnswer> FhirService::dispatch_resource(const FhirRequest& request) {
  const auto& segments = request.segments;
  if (segments.size() == 2) {
    if (request.method == "GET") return read(request);
    if (request.method == "PUT") return update(request);
    if (request.method == "DELETE") return remove(request);
    return not_allowed(request);
  }
  if (segments[2] != "_history" || segments.size() > 4) {
    return no_such("such place");
  }
  if (request.method != "GET") {
    return not_allowed(request);
  }
  return segments.size() == 3 ? history(request, segments[0], segments[1]) : read_version(request);
}

Granted<FhirAnswer> FhirService::read(const FhirRequest& request) {
  const ResourceVersion* version = store_.find(request.segments[0], request.segments[1]);
  if (version == nullptr) {
    return no_such("resource of this id");
  }
  if (version->deleted()) {
    return refuse(410, "deleted", "the resource was deleted");
  }
  if (request.if_none_match == entity_tag(*version)) {
    return FhirAnswer{.status = 304, .body = {}, .version = version};
  }
  return answer_version(200, *version);
}

Granted<FhirAnswer> FhirService::read_version(const FhirRequest& request) {
  for (const ResourceVersion* version : store_.history(request.segments[0], request.segments[1], std::nullopt)) {
    if (std::to_string(version->version) == request.segments[3]) {
      return version->deleted() ? Granted<FhirAnswer>(refuse(410, "deleted", "this version is the deletion")) : answer_version(200, *version);
    }
  }
  return no_such("version of this number");
}

Granted<FhirAnswer> FhirService::create(const FhirRequest& request) {
  auto write = prepare_write(WriteMethod::kPost, request.segments[0], new_id(), request.body);
  return write ? write_one(*std::move(write)) : std::unexpected(write.error());
}

Granted<FhirAnswer> FhirService::update(const FhirRequest& request) {
  auto write = prepare_write(WriteMethod::kPut, request.segments[0], request.segments[1], request.body);
  if (!write) {
    return std::unexpected(write.error());
  }
  if (!request.if_match.empty()) {
    write->if_version = parse_entity_tag(request.if_match);
  }
  return write_one(*std::move(write));
}

Granted<FhirAnswer> FhirService::remove(const FhirRequest& request) {
  return write_one({.method = WriteMethod::kDelete, .type = request.segments[0], .id = request.segments[1]});
}

Granted<FhirAnswer> FhirService::write_one(ResourceWrite write) {
  const bool deletes = write.method == WriteMethod::kDelete;
  std::vector<ResourceWrite> writes;
  writes.push_back(std::move(write));
  const auto written = store_.write(std::move(writes), [&](std::span<ResourceWrite> each) { stamp(each, clock_.stamp()); });
  if (!written) {
    return std::unexpected(written.error());
  }
  const ResourceVersion* version = written->front();
  if (deletes) {
    return FhirAnswer{.status = 204, .body = {}, .version = version};
  }
  return answer_version(version->created ? 201 : 200, *version);
}

void FhirService::load(std::vector<ResourceWrite> writes, TimestampMicros time) {
  // Nothing is conditional here, so nothing is refused.
  [[maybe_unused]] const auto written = store_.write(std::move(writes), [&](std::span<ResourceWrite> each) { stamp(each, time); });
}

std::string FhirService::new_id() {
  // An odd factor permutes the 64-bit numbers: ids never meet, and their order is not that of creation.
  const std::uint64_t number = (++ids_ + (seed_ << 32U)) * 0x9E3779B97F4A7C15U;
  return fmt::format("{:016x}", number);
}

void FhirService::stamp(std::span<ResourceWrite> writes, TimestampMicros time) {
  for (ResourceWrite& write : writes) {
    if (!write.last_updated_text) {
      const bool whole_seconds = faults_.strikes("whole-seconds", write.type).has_value();
      write.last_updated = whole_seconds ? time - time % kSecond : time;
      write.last_updated_text = whole_seconds ? format_utc(write.last_updated) : format_instant(write.last_updated);
    }
    if (faults_.strikes("omit-last-updated", write.type)) {
      write.last_updated_text.reset();
    }
  }
}

}  // namespace lakeflow
