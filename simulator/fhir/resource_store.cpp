#include "simulator/fhir/resource_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

bool in_force(const auto& entry) { return !entry.superseded && !entry.version.deleted(); }

constexpr auto kTime = [](const auto* entry) { return entry->version.last_updated; };

}  // namespace

Granted<std::vector<const ResourceVersion*>> ResourceStore::write(std::vector<ResourceWrite> writes, const Stamp& stamp) {
  const std::unique_lock lock(mutex_);
  for (const ResourceWrite& write : writes) {
    if (!write.if_version) {
      continue;
    }
    const Shelf* types = shelf(write.type);
    const auto found = types == nullptr ? decltype(types->newest.end()){} : types->newest.find(write.id);
    if (types == nullptr || found == types->newest.end() || found->second->version.version != *write.if_version) {
      return refuse(412, "conflict", fmt::format("another version of {}/{} stands than If-Match wants", write.type, write.id));
    }
  }
  stamp(writes);
  std::vector<const ResourceVersion*> written;
  written.reserve(writes.size());
  for (ResourceWrite& write : writes) {
    written.push_back(write_one(std::move(write)));
  }
  return written;
}

const ResourceVersion* ResourceStore::write_one(ResourceWrite write) {
  Shelf& types = shelves_[write.type];
  const auto found = types.newest.find(write.id);
  Entry* before = found == types.newest.end() ? nullptr : found->second;
  const bool alive = before != nullptr && !before->version.deleted();
  if (write.method == WriteMethod::kDelete && !alive) {
    return nullptr;
  }
  const std::uint64_t version = std::max(write.version.value_or(1), before == nullptr ? 1 : before->version.version + 1);
  std::string text;
  if (write.method != WriteMethod::kDelete) {
    text = stamp_resource(write.text, write.outline, write.id, version, write.last_updated_text);
  }
  Entry& entry = types.entries.emplace_back();
  entry.version = {.type = std::move(write.type),
                   .id = std::move(write.id),
                   .version = version,
                   .method = write.method,
                   .created = !alive,
                   .last_updated = write.last_updated,
                   .last_updated_text = std::move(write.last_updated_text),
                   .text = std::move(text)};
  if (before != nullptr) {
    before->superseded = true;
    types.newest.erase(found);
  }
  types.newest.emplace(entry.version.id, &entry);
  types.by_time.insert(std::ranges::upper_bound(types.by_time, entry.version.last_updated, {}, kTime), &entry);
  living_ += static_cast<std::uint64_t>(!entry.version.deleted()) - static_cast<std::uint64_t>(alive);
  return &entry.version;
}

const ResourceStore::Shelf* ResourceStore::shelf(std::string_view type) const {
  const auto found = shelves_.find(type);
  return found == shelves_.end() ? nullptr : &found->second;
}

const ResourceVersion* ResourceStore::find(std::string_view type, std::string_view id) const {
  const std::shared_lock lock(mutex_);
  const Shelf* types = shelf(type);
  if (types == nullptr) {
    return nullptr;
  }
  const auto found = types->newest.find(id);
  return found == types->newest.end() ? nullptr : &found->second->version;
}

std::vector<const ResourceVersion*> ResourceStore::current(std::string_view type, const TimeRange& range) const {
  const std::shared_lock lock(mutex_);
  std::vector<const ResourceVersion*> found;
  const Shelf* types = shelf(type);
  if (types == nullptr) {
    return found;
  }
  auto entry = range.from ? std::ranges::lower_bound(types->by_time, *range.from, {}, kTime) : types->by_time.begin();
  for (; entry != types->by_time.end() && (!range.until || kTime(*entry) < *range.until); ++entry) {
    if (in_force(**entry)) {
      found.push_back(&(*entry)->version);
    }
  }
  return found;
}

std::vector<const ResourceVersion*> ResourceStore::history(std::string_view type, std::string_view id, std::optional<TimestampMicros> since) const {
  const std::shared_lock lock(mutex_);
  std::vector<const ResourceVersion*> found;
  for (const auto& [name, types] : shelves_) {
    if (!type.empty() && name != type) {
      continue;
    }
    for (auto entry = types.by_time.rbegin(); entry != types.by_time.rend() && (!since || kTime(*entry) >= *since); ++entry) {
      if (id.empty() || (*entry)->version.id == id) {
        found.push_back(&(*entry)->version);
      }
    }
  }
  if (type.empty()) {
    std::ranges::sort(found, std::ranges::greater(),
                      [](const ResourceVersion* version) { return std::pair(version->last_updated, version->version); });
  }
  return found;
}

std::uint64_t ResourceStore::count() const {
  const std::shared_lock lock(mutex_);
  return living_;
}

}  // namespace lakeflow
