#include "simulator/http/kept_pages.h"

#include <charconv>

#include <fmt/format.h>

#include "simulator/faults/seeded_number.h"

namespace lakeflow {
namespace {

constexpr std::size_t kNameDigits = 16;

}  // namespace

std::string kept_list_name(std::uint64_t seed, std::uint64_t number) { return fmt::format("{:016x}", seeded_bits(seed, 0, number)); }

std::string PageToken::text() const { return fmt::format("{}{:x}", list, offset); }

std::optional<PageToken> PageToken::parse(std::string_view text) {
  PageToken token{.list = std::string(text.substr(0, kNameDigits)), .offset = 0};
  const std::string_view digits = text.substr(token.list.size());
  const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), token.offset, 16);
  return failure == std::errc() && stop == digits.data() + digits.size() ? std::optional(std::move(token)) : std::nullopt;
}

}  // namespace lakeflow
