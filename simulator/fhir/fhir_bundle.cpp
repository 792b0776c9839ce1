// POST of a Bundle to the base of FhirService: transactions and batches (FHIR R4 §3.1.0.11).

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/fhir/bundle_entries.h"
#include "simulator/fhir/bundle_text.h"
#include "simulator/fhir/fhir_service.h"
#include "simulator/fhir/resource_types.h"
#include "simulator/fhir/resource_write.h"
#include "simulator/http/stoppable_wait.h"

namespace lakeflow {
namespace {

Refusal in_entry(std::size_t entry, Refusal refusal) {
  refusal.diagnostics = fmt::format("entry {}: {}", entry, refusal.diagnostics);
  return refusal;
}

// The request that an entry of a batch, or a GET of a transaction, stands for.
FhirRequest request_of(const FhirRequest& bundle, const BundleEntry& entry) {
  FhirRequest request{.method = entry.method,
                      .segments = {},
                      .parameters = {},
                      .body = entry.resource,
                      .base_url = bundle.base_url,
                      .if_match = entry.if_match,
                      .if_none_match = {},
                      .strict = bundle.strict};
  split_url(entry.url, request.segments, request.parameters);
  return request;
}

// The write that an entry of a transaction stands for.
Granted<ResourceWrite> write_of(const BundleEntry& entry, const std::vector<std::string>& segments, std::string new_id) {
  if (entry.conditional || entry.url.contains('?')) {
    return refuse(400, "not-supported", "conditional writes are not known here");
  }
  const bool creates = entry.method == "POST";
  if (segments.size() != (creates ? 1 : 2) || !is_fhir_resource_type(segments[0]) || (!creates && !is_fhir_id(segments[1]))) {
    return refuse(400, "value", "request.url is no place to write to");
  }
  if (entry.method == "DELETE") {
    return ResourceWrite{.method = WriteMethod::kDelete, .type = segments[0], .id = segments[1]};
  }
  auto write = creates ? prepare_write(WriteMethod::kPost, segments[0], std::move(new_id), entry.resource)
                       : prepare_write(WriteMethod::kPut, segments[0], segments[1], entry.resource);
  if (write && !entry.if_match.empty()) {
    write->if_version = parse_entity_tag(entry.if_match);
  }
  return write;
}

// DELETE, POST, PUT, GET: the order in which a transaction's entries take place.
int turn_of(const ResourceWrite& write) {
  switch (write.method) {
    case WriteMethod::kDelete: return 0;
    case WriteMethod::kPost: return 1;
    case WriteMethod::kPut: return 2;
  }
  return 3;
}

// Points the references between the entries at what they become.
Granted<void> resolve_references(const std::vector<BundleEntry>& entries, std::vector<std::pair<std::size_t, ResourceWrite>>& writes) {
  std::unordered_map<std::string, std::string> references;
  for (const auto& [entry, write] : writes) {
    if (entries[entry].full_url.starts_with("urn:")) {
      references.emplace(entries[entry].full_url, write.type + "/" + write.id);
    }
  }
  if (references.empty()) {
    return {};
  }
  for (auto& [entry, write] : writes) {
    if (write.method == WriteMethod::kDelete) {
      continue;
    }
    std::string text = replace_references(write.text, references);
    if (text == write.text) {
      continue;
    }
    auto outline = outline_resource(text);
    if (!outline) {
      return std::unexpected(in_entry(entry, outline.error()));
    }
    write.text = std::move(text);
    write.outline = *std::move(outline);
  }
  return {};
}

}  // namespace

Granted<FhirAnswer> FhirService::bundle(const FhirRequest& request) {
  // The whole body is read as a resource first: that looks at every byte of it.
  if (const auto outline = outline_resource(request.body); !outline) {
    return std::unexpected(outline.error());
  }
  auto bundle = read_bundle_entries(request.body);
  if (!bundle) {
    return std::unexpected(bundle.error());
  }
  if (bundle->type == "transaction") {
    return transaction(request, bundle->entries);
  }
  if (bundle->type == "batch") {
    return batch(request, bundle->entries);
  }
  return refuse(400, "value", "only Bundles of type transaction and batch can be executed");
}

FhirAnswer FhirService::batch(const FhirRequest& request, const std::vector<BundleEntry>& entries) {
  BundleText response("batch-response", request.base_url, clock_.now(), std::nullopt, {});
  for (const BundleEntry& entry : entries) {
    auto granted = dispatch(request_of(request, entry));
    FhirAnswer answer = granted ? *std::move(granted) : answer_refusal(granted.error());
    if (entry.method != "GET" && answer.status < 400) {
      answer.body.clear();
    }
    response.add_response(answer);
  }
  return {.status = 200, .body = std::move(response).finish()};
}

Granted<FhirAnswer> FhirService::transaction(const FhirRequest& request, const std::vector<BundleEntry>& entries) {
  std::vector<std::pair<std::size_t, ResourceWrite>> prepared;
  std::set<std::pair<std::string, std::string>> written_to;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].method == "GET") {
      continue;
    }
    auto write = write_of(entries[i], request_of(request, entries[i]).segments, new_id());
    if (!write) {
      return std::unexpected(in_entry(i, write.error()));
    }
    if (!written_to.emplace(write->type, write->id).second) {
      return refuse(400, "duplicate", fmt::format("entry {}: another entry writes the same resource", i));
    }
    prepared.emplace_back(i, *std::move(write));
  }
  if (const auto resolved = resolve_references(entries, prepared); !resolved) {
    return std::unexpected(resolved.error());
  }
  std::ranges::sort(prepared, {}, [](const auto& each) { return std::pair(turn_of(each.second), each.first); });

  std::vector<FhirAnswer> answers(entries.size());
  std::vector<ResourceWrite> writes;
  for (auto& [entry, write] : prepared) {
    writes.push_back(std::move(write));
  }
  std::optional<TimestampMicros> begun;
  if (const auto delay = faults_.strikes("late-commit", subject_of(request))) {
    begun = clock_.stamp();
    wait_for(stop_, parse_integer(*delay).value_or(0) * 1'000'000);
  }
  const auto written = store_.write(std::move(writes), [&](std::span<ResourceWrite> each) { stamp(each, begun ? *begun : clock_.stamp()); });
  if (!written) {
    return std::unexpected(written.error());
  }
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    const ResourceVersion* version = (*written)[i];
    const bool deletes = entries[prepared[i].first].method == "DELETE";
    answers[prepared[i].first] = {.status = deletes ? 204 : version->created ? 201 : 200, .body = {}, .version = version};
  }
  BundleText response("transaction-response", request.base_url, clock_.now(), std::nullopt, {});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].method == "GET") {
      auto granted = dispatch(request_of(request, entries[i]));
      answers[i] = granted ? *std::move(granted) : answer_refusal(granted.error());
    }
    response.add_response(answers[i]);
  }
  return FhirAnswer{.status = 200, .body = std::move(response).finish()};
}

}  // namespace lakeflow
