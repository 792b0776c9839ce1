#include "sources/healthcare/fhir/fhir_seen_versions.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>

namespace lakeflow {
namespace {

// More segments, or twice as much in them as there is to remember, and they are written anew.
constexpr std::size_t kMostSegments = 256;

// How a version stands in a segment.
struct StoredVersion {
  std::int64_t last_updated;
  std::uint64_t hash;
};
static_assert(sizeof(StoredVersion) == 16 && std::endian::native == std::endian::little);

std::string key_of(std::uint64_t segment) { return fmt::format("{}{:08}", SeenVersions::kKeyPrefix, segment); }

std::string encode_base64(const std::vector<StoredVersion>& versions) {
  std::vector<unsigned char> bytes(versions.size() * sizeof(StoredVersion));
  std::memcpy(bytes.data(), versions.data(), bytes.size());
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::vector<StoredVersion>> decode_base64(std::string_view text) {
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 3);
  const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));  // counts the padding as bytes
  if (length <= 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<StoredVersion> versions((static_cast<std::size_t>(length) - padding) / sizeof(StoredVersion));
  if (versions.empty()) {
    return std::nullopt;
  }
  std::memcpy(versions.data(), bytes.data(), versions.size() * sizeof(StoredVersion));
  return versions;
}

}  // namespace

std::uint64_t SeenVersions::hash_of(const fhir::BundleEntry& entry) {
  if (entry.version_id.empty()) {
    return XXH3_64bits(entry.resource.data(), entry.resource.size());
  }
  const std::string key = entry.id + '\0' + entry.version_id;
  return XXH3_64bits(key.data(), key.size());
}

Status SeenVersions::load(const StateLookup& state, std::uint64_t changes) {
  changes_ = changes;
  return state.scan(kKeyPrefix, [this](std::string_view key, std::string_view value) -> Status {
    std::uint64_t segment = 0;
    const std::string_view number = key.substr(kKeyPrefix.size());
    std::from_chars(number.data(), number.data() + number.size(), segment);
    const std::optional<std::vector<StoredVersion>> versions = decode_base64(value);
    if (segment == 0 || !versions) {
      return std::unexpected(Error::user(fmt::format("the entry {} of its state in the destination is no list of versions, as if it had been changed "
                                                     "by hand",
                                                     key),
                                         "lakeflow state set says where to read on, lakeflow state reset begins anew"));
    }
    for (const StoredVersion& version : *versions) {
      if (known_.insert(version.hash).second) {
        versions_.push_back({.last_updated = version.last_updated, .hash = version.hash, .segment = segment});
        ++segments_[segment].remembered;
      }
    }
    segments_[segment].stored = versions->size();
    next_segment_ = std::max(next_segment_, segment + 1);
    return {};
  });
}

std::string SeenVersions::text() const {
  if (versions_.empty()) {
    return {};
  }
  std::vector<StoredVersion> stored;
  stored.reserve(versions_.size());
  for (const Version& version : versions_) {
    stored.push_back({.last_updated = version.last_updated, .hash = version.hash});
  }
  return encode_base64(stored);
}

std::optional<SeenVersions> SeenVersions::parse(std::string_view text) {
  SeenVersions seen;
  if (text.empty()) {
    return seen;
  }
  const std::optional<std::vector<StoredVersion>> versions = decode_base64(text);
  if (!versions) {
    return std::nullopt;
  }
  for (const StoredVersion& version : *versions) {
    seen.meet(version.last_updated, version.hash);
  }
  return seen;
}

bool SeenVersions::meet(TimestampMicros last_updated, std::uint64_t hash) {
  if (!known_.insert(hash).second) {
    return false;
  }
  versions_.push_back({.last_updated = last_updated, .hash = hash, .segment = 0});
  has_changed_ = true;
  if (versions_.size() > kMost) {
    has_overflowed_ = true;
    forget(versions_.front());
    versions_.pop_front();
  }
  return true;
}

void SeenVersions::forget(const Version& version) {
  known_.erase(version.hash);
  if (version.segment != 0 && --segments_[version.segment].remembered == 0) {
    has_changed_ = true;
  }
}

void SeenVersions::forget_before(TimestampMicros time) {
  while (!versions_.empty() && versions_.front().last_updated < time) {
    forget(versions_.front());
    versions_.pop_front();
  }
}

void SeenVersions::forget_all_before(TimestampMicros time) {
  std::erase_if(versions_, [this, time](const Version& version) {
    if (version.last_updated < time) {
      forget(version);
      return true;
    }
    return false;
  });
}

StateDelta SeenVersions::delta() {
  StateDelta delta;
  if (!std::exchange(has_changed_, false)) {
    return delta;
  }
  ++changes_;
  std::size_t stored = 0;
  for (const auto& [number, segment] : segments_) {
    stored += segment.stored;
  }
  const bool write_anew = segments_.size() > kMostSegments || stored > 2 * versions_.size() + kSegment;
  std::erase_if(segments_, [&](const auto& entry) {
    const auto& [number, segment] = entry;
    if (write_anew || segment.remembered == 0) {
      delta.entries.emplace_back(key_of(number), std::nullopt);
      return true;
    }
    return false;
  });
  auto version = versions_.begin();
  if (!write_anew) {
    version = versions_.end();
    while (version != versions_.begin() && std::prev(version)->segment == 0) {
      --version;
    }
  }
  while (version != versions_.end()) {
    const std::uint64_t number = next_segment_++;
    std::vector<StoredVersion> segment;
    for (; version != versions_.end() && segment.size() < kSegment; ++version) {
      version->segment = number;
      segment.push_back({.last_updated = version->last_updated, .hash = version->hash});
    }
    segments_[number] = {.stored = segment.size(), .remembered = segment.size()};
    delta.entries.emplace_back(key_of(number), encode_base64(segment));
  }
  return delta;
}

}  // namespace lakeflow
