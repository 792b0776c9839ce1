#include "sources/healthcare/hl7v2/tables/value_reader.h"

#include <charconv>
#include <cmath>

#include "base/options.h"
#include "libs/hl7v2/escape_sequence.h"

namespace lakeflow::hl7v2 {
namespace {

// A double holds this many decimal digits for sure.
constexpr int kExactDigits = 15;

// An NM: "-12.50", "+3", without an exponent (HL7 v2.8.2 §2A.2.47). Nothing where it is none, or more than a double holds.
std::optional<double> parse_number(std::string_view text) {
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  const bool whole = failure == std::errc() && end == digits.data() + digits.size() && std::isfinite(value);
  int significant = 0;
  for (const char c : digits) {
    significant += (c >= '1' && c <= '9') || (c == '0' && significant > 0) ? 1 : 0;
  }
  return whole && significant <= kExactDigits ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string_view ValueReader::clean(std::string_view raw, const Address& address) {
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

void ValueReader::convert(const Leaf& leaf, std::int64_t row, std::string_view text, std::string_view raw, const Address& address) {
  if (leaf.integer != nullptr) {
    const auto value = parse_integer(text);
    value ? leaf.integer->set(row, *value) : rescued_.keep(address, raw);
    return;
  }
  if (leaf.number != nullptr) {
    const auto value = parse_number(text);
    value ? leaf.number->set(row, *value) : rescued_.keep(address, raw);
    return;
  }
  const auto time = parse_date_time(text);
  if (leaf.text != nullptr) {
    leaf.text->set(row, text);
  }
  // Where the text stands beside it, a time that is only less precise, or the explicit null, is no misfit.
  const bool is_kept = leaf.text != nullptr && (time || text == "\"\"");
  if (!time || !time->has_day()) {
    if (!is_kept) {
      rescued_.keep(address, raw);
    }
    return;
  }
  if (leaf.date != nullptr) {
    leaf.date->set(row, time->days);
  }
  if (leaf.local != nullptr) {
    leaf.local->set(row, time->local_micros());
  }
  if (leaf.utc != nullptr && time->has_hour()) {
    if (time->zone_minutes) {
      leaf.utc->set(row, time->local_micros() - *time->zone_minutes * std::int64_t{60'000'000});
    } else if (context_->default_time_zone != nullptr) {
      leaf.utc->set(row, context_->default_time_zone->to_utc_micros(time->local_micros()));
    }
  }
}

}  // namespace lakeflow::hl7v2
