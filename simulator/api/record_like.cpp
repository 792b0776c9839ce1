#include "simulator/api/record_like.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "simulator/api/json_place.h"
#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

constexpr std::uint64_t kFirstKey = 1'000'000'000'000;
constexpr std::uint64_t kKeys = 1'000'000'000;

std::uint64_t number_of(std::string_view name) {
  std::uint64_t hash = 0;
  for (const char byte : name) {
    hash = seeded_bits(hash, 0, static_cast<unsigned char>(byte));
  }
  return kFirstKey + hash % kKeys;
}

// A field that says where the record is: below which parent.
bool stands_in_path(const ApiEndpoint& endpoint, const std::string& member) {
  return std::ranges::find(endpoint.listing.path, fmt::format("{{{}}}", member)) != endpoint.listing.path.end();
}

std::string_view first_part(std::string_view place) { return place.substr(0, place.find('.')); }

}  // namespace

nlohmann::ordered_json record_like(const nlohmann::ordered_json& other, const ApiEndpoint& endpoint, std::string_view name, int revision) {
  nlohmann::ordered_json record = other;
  for (const auto& [member, value] : record.items()) {
    if (member == first_part(endpoint.key) || stands_in_path(endpoint, member) ||
        (!endpoint.modified.empty() && member == first_part(endpoint.modified))) {
      continue;
    }
    if (value.is_string()) {
      value = fmt::format("{}-{}", value.get<std::string>(), revision);
      break;
    }
    if (value.is_number()) {
      value = value.is_number_float() ? nlohmann::ordered_json(value.get<double>() + revision)
                                      : nlohmann::ordered_json(value.get<std::int64_t>() + revision);
      break;
    }
  }
  const nlohmann::ordered_json* const key = find_at(other, endpoint.key);
  set_at(record, endpoint.key,
         key != nullptr && key->is_number() ? nlohmann::ordered_json(number_of(name)) : nlohmann::ordered_json(std::string(name)));
  return record;
}

}  // namespace lakeflow
