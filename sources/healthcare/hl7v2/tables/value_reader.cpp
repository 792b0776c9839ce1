#include "sources/healthcare/hl7v2/tables/value_reader.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/options.h"
#include "libs/hl7v2/escape_sequence.h"
#include "sources/healthcare/hl7v2/tables/instant.h"

namespace lakeflow::hl7v2 {
namespace {

// A double holds this many decimal digits for sure.
constexpr int kExactDigits = 15;

// Powers of ten that a double holds exactly.
constexpr std::array kPowersOfTen = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;

// An SI of the ordinary kind: digits alone. False where it is of another kind.
bool parse_short_integer(std::string_view text, std::int64_t& value) {
  constexpr std::size_t kMostDigits = 18;
  bool all_digits = !text.empty() && text.size() <= kMostDigits;
  for (std::size_t i = 0; all_digits && i < text.size(); ++i) {
    const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
    all_digits = digit <= 9;
    value = value * 10 + digit;
  }
  return all_digits;
}

// An NM of the ordinary kind: up to 15 digits with at most one point between them. Both the digits and the power of ten are exact as doubles,
// so that their quotient is the nearest to what was written. False where it is of another kind.
bool parse_short_number(std::string_view text, double& value) {
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = is_negative ? text.substr(1) : text;
  if (digits.empty() || digits.size() > kExactDigits) {
    return false;
  }
  std::int64_t mantissa = 0;
  std::size_t point = digits.size();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const unsigned digit = static_cast<unsigned char>(digits[i]) - unsigned{'0'};
    if (digit <= 9) {
      mantissa = mantissa * 10 + digit;
    } else if (digits[i] == '.' && point == digits.size() && i > 0 && i + 1 < digits.size()) {
      point = i;
    } else {
      return false;
    }
  }
  const std::size_t decimals = point == digits.size() ? 0 : digits.size() - point - 1;
  value = static_cast<double>(mantissa) / kPowersOfTen[decimals];
  value = is_negative ? -value : value;
  return true;
}

// An NM: "-12.50", "+3", without an exponent (HL7 v2.8.2 §2A.2.47). Nothing where it is none, or more than a double holds.
std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  if (parse_short_number(text, value)) {
    return value;
  }
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size() && std::isfinite(value);
  int significant = 0;
  for (const char c : digits) {
    significant += (c >= '1' && c <= '9') || (c == '0' && significant > 0) ? 1 : 0;
  }
  return whole && significant <= kExactDigits ? std::optional(value) : std::nullopt;
}

// Into those of the leaf's columns that it has.
void set_time(const Leaf& leaf, std::int64_t row, std::int32_t days, std::int64_t local, std::optional<std::int64_t> instant) {
  if (leaf.date != nullptr) {
    leaf.date->set(row, days);
  }
  if (leaf.local != nullptr) {
    leaf.local->set(row, local);
  }
  if (leaf.utc != nullptr && instant) {
    leaf.utc->set(row, *instant);
  }
}

}  // namespace

std::string_view ValueReader::unescaped(std::string_view raw, const Address& address) {
  if (raw.find(context_->delimiters->escape) == std::string_view::npos) {
    return decoded(raw, address);
  }
  unescaped_.clear();
  unescape(raw, *context_->delimiters, *context_->character_set, unescaped_);
  if (has_undecodable(unescaped_)) {
    // The bytes of a hexadecimal sequence need not be text.
    return decoded(unescaped_, address);
  }
  return unescaped_;
}

std::string_view ValueReader::decoded(std::string_view text, const Address& address) {
  if (!has_undecodable(text)) {
    return text;
  }
  rescued_.keep(address, text);
  replaced_.clear();
  append_replaced(text, replaced_);
  return replaced_;
}

bool ValueReader::read_ordinary(const Leaf& leaf, std::int64_t row, std::string_view raw) {
  switch (leaf.kind) {
    case Leaf::Kind::kText: leaf.text->set_padded(row, raw); return true;
    case Leaf::Kind::kInteger: {
      std::int64_t value = 0;
      const bool is_ordinary = parse_short_integer(raw, value);
      if (is_ordinary) {
        leaf.integer->set(row, value);
      }
      return is_ordinary;
    }
    case Leaf::Kind::kNumber: {
      double value = 0;
      const bool is_ordinary = parse_short_number(raw, value);
      if (is_ordinary) {
        leaf.number->set(row, value);
      }
      return is_ordinary;
    }
    case Leaf::Kind::kTime: {
      UsualTime time;
      if (!parse_usual_time(raw, time)) {
        return false;
      }
      if (leaf.text != nullptr) {
        leaf.text->set_padded(row, raw);
      }
      const std::int64_t local = time.days * kMicrosPerDay + time.micros_of_day;
      const bool has_instant = leaf.utc != nullptr && time.has_hour && context_->default_time_zone != nullptr;
      set_time(leaf, row, time.days, local, has_instant ? std::optional(context_->default_time_zone->to_utc_micros(local)) : std::nullopt);
      return true;
    }
    case Leaf::Kind::kTimeOfDay:
    case Leaf::Kind::kNone: return false;
  }
  return false;
}

void ValueReader::convert(const Leaf& leaf, std::int64_t row, std::string_view text, std::string_view raw, const Address& address) {
  if (leaf.kind == Leaf::Kind::kInteger) {
    const auto value = parse_integer(text);
    value ? leaf.integer->set(row, *value) : rescued_.keep(address, raw);
    return;
  }
  if (leaf.kind == Leaf::Kind::kNumber) {
    const auto value = parse_number(text);
    value ? leaf.number->set(row, *value) : rescued_.keep(address, raw);
    return;
  }
  if (leaf.kind == Leaf::Kind::kTimeOfDay) {
    const auto time = parse_time_of_day(text);
    time ? leaf.time->set(row, *time) : rescued_.keep(address, raw);
    return;
  }
  const auto time = parse_date_time(text);
  if (leaf.text != nullptr) {
    is_plain_ ? leaf.text->set_padded(row, text) : leaf.text->set(row, text);
  }
  // Where the text stands beside it, a time that is only less precise, or the explicit null, is no misfit.
  const bool is_kept = (leaf.text != nullptr || leaf.has_text_beside) && (time || text == "\"\"");
  if (!time || !time->has_day()) {
    if (!is_kept) {
      rescued_.keep(address, raw);
    }
    return;
  }
  set_time(leaf, row, time->days, time->local_micros(), leaf.utc == nullptr ? std::nullopt : instant_of(*time, context_->default_time_zone));
}

}  // namespace lakeflow::hl7v2
