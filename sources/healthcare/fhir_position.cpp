#include "sources/healthcare/fhir_position.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <xxhash.h>
#include <nlohmann/json.hpp>

namespace lakeflow {
namespace {

using Json = nlohmann::ordered_json;

std::string encode_base64(const std::vector<std::uint64_t>& hashes) {
  std::string text(4 * ((hashes.size() * sizeof(std::uint64_t) + 2) / 3) + 1, '\0');
  std::vector<unsigned char> bytes(hashes.size() * sizeof(std::uint64_t));
  if (!bytes.empty()) {
    std::memcpy(bytes.data(), hashes.data(), bytes.size());
  }
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::vector<std::uint64_t>> decode_base64(std::string_view text) {
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 3);
  const int length = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));  // counts the padding as bytes
  if (length < 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::vector<std::uint64_t> hashes((static_cast<std::size_t>(length) - padding) / sizeof(std::uint64_t));
  if (!hashes.empty()) {
    std::memcpy(hashes.data(), bytes.data(), hashes.size() * sizeof(std::uint64_t));
  }
  return hashes;
}

void put_time(Json& object, const char* name, const std::optional<TimestampMicros>& time) {
  if (time) {
    object[name] = format_utc(*time);
  }
}

std::optional<TimestampMicros> take_time(const Json& object, const char* name) {
  return object.contains(name) ? parse_utc(object.at(name).get<std::string>()) : std::nullopt;
}

}  // namespace

std::uint64_t SeenVersions::hash_of(const fhir::BundleEntry& entry) {
  if (entry.version_id.empty()) {
    return XXH3_64bits(entry.resource.data(), entry.resource.size());
  }
  const std::string key = entry.id + '\0' + entry.version_id;
  return XXH3_64bits(key.data(), key.size());
}

bool SeenVersions::meet(TimestampMicros last_updated, std::uint64_t hash) {
  if (!met_.insert(hash).second) {
    return false;
  }
  order_.emplace_back(last_updated, hash);
  if (order_.size() > kKnown) {
    met_.erase(order_.front().second);
    order_.pop_front();
  }
  return unmet_.erase(hash) == 0;
}

void SeenVersions::forget_before(TimestampMicros time) {
  while (!order_.empty() && order_.front().first < time) {
    met_.erase(order_.front().second);
    order_.pop_front();
  }
}

void SeenVersions::forget_all_before(TimestampMicros time) {
  std::erase_if(order_, [this, time](const auto& version) { return version.first < time && met_.erase(version.second) > 0; });
}

std::string SeenVersions::text() const {
  std::vector<std::uint64_t> hashes;
  for (auto version = order_.rbegin(); version != order_.rend() && hashes.size() < kKept; ++version) {
    hashes.push_back(version->second);
  }
  for (auto hash = unmet_.begin(); hash != unmet_.end() && hashes.size() < kKept; ++hash) {
    hashes.push_back(*hash);
  }
  std::ranges::sort(hashes);
  return encode_base64(hashes);
}

Result<SeenVersions> SeenVersions::parse(std::string_view text) {
  const std::optional<std::vector<std::uint64_t>> hashes = decode_base64(text);
  if (!hashes) {
    return std::unexpected(Error::internal("an offset of the FHIR reader holds no readable list of versions"));
  }
  SeenVersions seen;
  seen.unmet_.insert(hashes->begin(), hashes->end());
  return seen;
}

Offset FhirPosition::offset() const {
  Json json = Json::object();
  put_time(json, "at", at);
  if (pass) {
    Json open = Json::object();
    put_time(open, "from", pass->from);
    put_time(open, "date", pass->date);
    put_time(open, "high", pass->high);
    json["pass"] = std::move(open);
  }
  if (std::string text = seen.text(); !text.empty()) {
    json["seen"] = std::move(text);
  }
  return Offset(json.dump());
}

Result<FhirPosition> FhirPosition::parse(const Offset& offset) {
  FhirPosition position;
  if (offset.is_start()) {
    return position;
  }
  const Json json = Json::parse(offset.json(), nullptr, false);
  if (!json.is_object()) {
    return std::unexpected(Error::internal("an offset of the FHIR reader is no JSON object"));
  }
  try {
    position.at = take_time(json, "at");
    if (json.contains("pass")) {
      const Json& open = json.at("pass");
      position.pass = FhirPass{.from = take_time(open, "from"), .date = take_time(open, "date"), .high = take_time(open, "high")};
    }
    if (json.contains("seen")) {
      LAKEFLOW_ASSIGN(position.seen, SeenVersions::parse(json.at("seen").get<std::string>()));
    }
  } catch (const Json::exception&) {
    return std::unexpected(Error::internal("an offset of the FHIR reader has a member of another type"));
  }
  return position;
}

}  // namespace lakeflow
