#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/api/api_service.h"
#include "simulator/api/json_place.h"
#include "simulator/api/record_like.h"

// How the records of a described source change: over HTTP, and by the tests that it serves.

namespace lakeflow {
namespace {

constexpr TimestampMicros kSecond = 1'000'000;

}  // namespace

Allowed<HttpAnswer> ApiService::write(const Visit& visit) {
  Endpoint& endpoint = *visit.route.endpoint;
  const bool of_record = visit.route.kind == Route::Kind::kRecord;
  const std::string& method = visit.http.method;
  const bool fits = of_record ? method == "PUT" || method == "DELETE" : method == "POST" && visit.route.kind == Route::Kind::kListing;
  if (!endpoint.described.writable || !fits) {
    return refuse_request(405, fmt::format("{} is not possible here", method));
  }
  if (method == "DELETE") {
    return remove(endpoint, visit.route.of_path.back().value) ? Allowed<HttpAnswer>(HttpAnswer{.status = 204})
                                                              : refuse_request(404, "there is no record with this key");
  }
  const auto record = endpoint.records.parse(visit.http.body);
  if (!record) {
    return refuse_request(400, record.error().message());
  }
  if (of_record && record->key != visit.route.of_path.back().value) {
    return refuse_request(400, fmt::format("the record's {} is not that of the path", endpoint.described.key));
  }
  const bool is_new = endpoint.records.find(record->key, visit.now) == nullptr;
  Result<std::string> stored = put(endpoint, visit.http.body, true);
  if (!stored) {
    return refuse_request(400, stored.error().message());
  }
  return HttpAnswer{.status = is_new ? 201 : 200, .content_type = "application/json", .body = *std::move(stored)};
}

Result<ApiService::Endpoint*> ApiService::find(std::string_view name) {
  const auto found = endpoints_.find(name);
  if (found == endpoints_.end()) {
    return std::unexpected(Error::user(fmt::format("{} is no endpoint of {}", name, description_.file.filename().string())));
  }
  return found->second.get();
}

// As if the source had been found at the time of its newest record: what was stamped some seconds before that is seen as much earlier as it was
// stamped earlier. So nothing comes later behind a record that was seen than the fault says, and a connector that looks back as far loses nothing.
void ApiService::commit_start_late(Endpoint& endpoint) {
  const TimestampMicros now = now_micros();
  RecordList stamped = endpoint.records.all(now);
  std::erase_if(stamped, [&](const RecordPointer& record) { return record->modified.value_or(now + 1) > now; });
  std::ranges::sort(stamped, [](const RecordPointer& a, const RecordPointer& b) {
    return std::pair(*a->modified, std::string_view(a->key)) > std::pair(*b->modified, std::string_view(b->key));
  });
  for (const RecordPointer& record : stamped) {
    const auto seconds = faults_.strikes("late-commit", {endpoint.described.name, "start"});
    if (!seconds) {
      continue;
    }
    ApiRecord late = *record;
    late.seen_from = now + parse_integer(*seconds).value_or(0) * kSecond - (*stamped.front()->modified - *record->modified);
    if (late.seen_from > now) {
      endpoint.records.remove(late.key);
      endpoint.records.put(std::move(late));
    }
  }
}

Status ApiService::put(std::string_view endpoint, std::string record) {
  LAKEFLOW_ASSIGN(Endpoint* const found, find(endpoint));
  LAKEFLOW_TRY(put(*found, std::move(record), false));
  return {};
}

Result<std::string> ApiService::put(Endpoint& endpoint, std::string text, bool stamps, TimestampMicros late) {
  LAKEFLOW_ASSIGN(ApiRecord record, endpoint.records.parse(std::move(text)));
  const ApiEndpoint& described = endpoint.described;
  if (!described.modified.empty() && (stamps || !record.modified)) {
    set_at(record.value, described.modified, write_time(described.modified_format, clock_.stamp()));
    LAKEFLOW_ASSIGN(record, endpoint.records.make(std::move(record.value)));
  }
  if (const auto seconds = faults_.strikes("late-commit", {described.name, "written"})) {
    record.seen_from = now_micros() + parse_integer(*seconds).value_or(0) * kSecond;
  }
  std::string stored = record.text;
  const ApiRecord written = record;
  endpoint.records.put(std::move(record));
  LAKEFLOW_TRY(move_parent(endpoint, written, late));
  return stored;
}

Status ApiService::move_parent(const Endpoint& endpoint, const ApiRecord& record, TimestampMicros late) {
  const ApiEndpoint& described = endpoint.described;
  if (!described.moves_parent) {
    return {};
  }
  const auto field = std::ranges::find_if(described.listing.path, [](const std::string& part) { return part.starts_with('{'); });
  Endpoint& parents = *endpoints_.find(described.parent)->second;
  const RecordPointer parent = parents.records.find(text_at(record.value, field->substr(1, field->size() - 2)), now_micros());
  if (parent == nullptr) {
    return {};
  }
  nlohmann::ordered_json moved = parent->value;
  set_at(moved, parents.described.modified, write_time(parents.described.modified_format, clock_.stamp() - late));
  LAKEFLOW_TRY(put(parents, moved.dump(), false));
  return {};
}

Status ApiService::remove(std::string_view endpoint, std::string_view key) {
  LAKEFLOW_ASSIGN(Endpoint* const found, find(endpoint));
  return remove(*found, key) ? Status() : std::unexpected(Error::user(fmt::format("{} has no record with this key", endpoint)));
}

bool ApiService::remove(Endpoint& endpoint, std::string_view key) {
  const RecordPointer record = endpoint.records.find(key, now_micros());
  if (record == nullptr || !endpoint.records.remove(key)) {
    return false;
  }
  if (endpoint.described.deletes) {
    nlohmann::ordered_json entry;
    set_at(entry, endpoint.described.key, *find_at(record->value, endpoint.described.key));
    set_at(entry, endpoint.described.deletes->time_field, write_time(endpoint.described.modified_format, clock_.stamp()));
    if (auto made = endpoint.deleted.make(std::move(entry))) {
      endpoint.deleted.put(*std::move(made));
    }
  }
  static_cast<void>(move_parent(endpoint, *record, 0));  // a parent that was there can be written again
  return true;
}

Result<std::string> ApiService::put_like(std::string_view endpoint, std::string_view name, int revision, TimestampMicros late) {
  LAKEFLOW_ASSIGN(Endpoint* const found, find(endpoint));
  const RecordList all = found->records.all(now_micros());
  if (all.empty()) {
    return std::unexpected(Error::user(fmt::format("{} has no record that another one could be like", endpoint)));
  }
  const ApiEndpoint& described = found->described;
  nlohmann::ordered_json record = record_like(all.front()->value, described, name, revision);
  if (!described.modified.empty()) {
    set_at(record, described.modified, write_time(described.modified_format, clock_.stamp() - late));
  }
  std::string key = text_at(record, described.key);
  LAKEFLOW_TRY(put(*found, record.dump(), false, late));
  return key;
}

Result<ApiEndpoint> ApiService::endpoint(std::string_view name) {
  LAKEFLOW_ASSIGN(const Endpoint* const found, find(name));
  return found->described;
}

std::uint64_t ApiService::record_count(std::string_view endpoint) {
  const auto found = endpoints_.find(endpoint);
  return found == endpoints_.end() ? 0 : found->second->records.all(now_micros()).size();
}

}  // namespace lakeflow
