#include "simulator/api/kept_pages.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

constexpr std::size_t kMost = 1000;
constexpr std::size_t kNameDigits = 16;

}  // namespace

std::string KeptPages::keep(std::shared_ptr<const PagedQuery> paged) {
  const std::scoped_lock lock(mutex_);
  std::string name = fmt::format("{:016x}", seeded_bits(seed_, 0, kept_++));
  lists_.emplace(name, std::move(paged));
  by_age_.push_back(name);
  if (by_age_.size() > kMost) {
    lists_.erase(by_age_.front());
    by_age_.pop_front();
  }
  return name;
}

std::string KeptPages::token(std::string_view name, std::size_t offset) { return fmt::format("{}{:x}", name, offset); }

std::optional<KeptPages::Place> KeptPages::find(std::string_view token) const {
  if (token.size() <= kNameDigits) {
    return std::nullopt;
  }
  Place place{.name = std::string(token.substr(0, kNameDigits)), .paged = nullptr};
  const std::string_view digits = token.substr(kNameDigits);
  const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), place.offset, 16);
  if (failure != std::errc() || stop != digits.data() + digits.size()) {
    return std::nullopt;
  }
  const std::scoped_lock lock(mutex_);
  const auto found = lists_.find(place.name);
  if (found == lists_.end()) {
    return std::nullopt;
  }
  place.paged = found->second;
  return place;
}

}  // namespace lakeflow
