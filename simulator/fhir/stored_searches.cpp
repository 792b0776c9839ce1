#include "simulator/fhir/stored_searches.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMostSearches = 500;
constexpr std::size_t kNameLength = 16;

}  // namespace

std::string StoredSearches::keep(std::shared_ptr<const StoredSearch> search) {
  const std::scoped_lock lock(mutex_);
  // An odd factor permutes the 64-bit numbers: names never meet, and do not look like a count.
  std::string name = fmt::format("{:016x}", (++kept_ + (seed_ << 32U)) * 0x9E3779B97F4A7C15U);
  searches_.emplace(name, std::move(search));
  by_age_.push_back(name);
  if (by_age_.size() > kMostSearches) {
    searches_.erase(by_age_.front());
    by_age_.pop_front();
  }
  return name;
}

std::string StoredSearches::token(std::string_view name, std::size_t offset) { return fmt::format("{}{:x}", name, offset); }

std::optional<std::pair<SearchPage, std::string>> StoredSearches::find(std::string_view token) const {
  const std::string name(token.substr(0, kNameLength));
  const std::string_view digits = token.substr(name.size());
  std::size_t offset = 0;
  const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), offset, 16);
  const std::scoped_lock lock(mutex_);
  const auto found = searches_.find(name);
  if (failure != std::errc() || stop != digits.data() + digits.size() || found == searches_.end()) {
    return std::nullopt;
  }
  return std::pair(SearchPage{.search = found->second, .offset = offset}, name);
}

}  // namespace lakeflow
