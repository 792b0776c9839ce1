#include "base/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

namespace lakeflow {
namespace {

struct Unit {
  std::string_view suffix;
  double factor;
};

constexpr Unit kDurationUnits[] = {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
constexpr Unit kByteUnits[] = {{"kb", 1024.0}, {"mb", 1048576.0}, {"gb", 1073741824.0}, {"b", 1}};

std::optional<double> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (suffix.empty()) {
    return number;
  }
  for (const Unit& unit : units) {
    if (suffix == unit.suffix) {
      return number * unit.factor;
    }
  }
  return std::nullopt;
}

template <typename T, typename Parse>
Result<std::optional<T>> typed(const Options& options, std::string_view name, std::string_view type, Parse parse) {
  const std::optional<std::string> text = options.find(name);
  if (!text) {
    return std::optional<T>();
  }
  std::optional<T> value = parse(*text);
  if (!value) {
    return std::unexpected(Error::user(fmt::format("option {} is not {}", name, type)));
  }
  return value;
}

// How many letters must be put in, left out, replaced or swapped with their neighbour to make one of the other, case aside.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b)); };
  // The rows of the usual table for the prefixes of `left`: the one before the last, the last and this one.
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(left[i - 1], right[j - 1]) ? 0U : 1U)});
      if (i > 1 && j > 1 && same(left[i - 1], right[j - 2]) && same(left[i - 2], right[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> Options::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || text.empty()) {
    return std::nullopt;
  }
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<double> parse_duration_seconds(std::string_view text) { return parse_with_unit(text, kDurationUnits); }

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  const std::optional<double> value = parse_with_unit(text, kByteUnits);
  if (!value || *value > 9e18) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*value);
}

Result<std::optional<std::int64_t>> Options::integer(std::string_view name) const {
  return typed<std::int64_t>(*this, name, "a whole number", parse_integer);
}
Result<std::optional<bool>> Options::boolean(std::string_view name) const { return typed<bool>(*this, name, "true or false", parse_boolean); }
Result<std::optional<double>> Options::duration_seconds(std::string_view name) const {
  return typed<double>(*this, name, "a duration such as 90s, 15m or 2h", parse_duration_seconds);
}
Result<std::optional<std::int64_t>> Options::bytes(std::string_view name) const {
  return typed<std::int64_t>(*this, name, "a size such as 64mb", parse_bytes);
}

std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known) {
  constexpr std::size_t kShort = 4;  // of so few letters two are half of the name
  std::optional<std::string> best;
  std::size_t best_distance = (name.size() <= kShort ? 1 : std::max<std::size_t>(2, name.size() / 3)) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace lakeflow
