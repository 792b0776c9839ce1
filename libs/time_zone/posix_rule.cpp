#include "libs/time_zone/posix_rule.h"

#include <cctype>

#include "base/clock.h"

namespace lakeflow {
namespace {

constexpr std::int32_t kHour = 3600;

// Reads from the front of a text; any failure is remembered.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool failed() const { return failed_; }
  bool done() const { return text_.empty(); }

  bool take(char c) {
    if (text_.starts_with(c)) {
      text_.remove_prefix(1);
      return true;
    }
    return false;
  }
  void expect(char c) { failed_ = !take(c) || failed_; }

  int number() {
    int value = 0;
    std::size_t digits = 0;
    while (digits < text_.size() && digits < 4 && std::isdigit(static_cast<unsigned char>(text_[digits])) != 0) {
      value = value * 10 + (text_[digits++] - '0');
    }
    failed_ = digits == 0 || failed_;
    text_.remove_prefix(digits);
    return value;
  }

  // "CET", "<+0330>"
  void zone_name() {
    std::size_t length = 0;
    if (text_.starts_with('<')) {
      length = text_.find('>') + 1;
    } else {
      while (length < text_.size() && std::isalpha(static_cast<unsigned char>(text_[length])) != 0) {
        ++length;
      }
    }
    failed_ = length < 3 || failed_;
    text_.remove_prefix(length);
  }

  // "2", "-1:30", "26:00:00"
  std::int32_t seconds() {
    const bool negative = take('-');
    if (!negative) {
      take('+');
    }
    std::int32_t value = number() * kHour;
    if (take(':')) {
      value += number() * 60;
      if (take(':')) {
        value += number();
      }
    }
    return negative ? -value : value;
  }

  // ",M3.5.0/2"
  YearlyChange change() {
    YearlyChange change;
    expect(',');
    expect('M');
    change.month = number();
    expect('.');
    change.week = number();
    expect('.');
    change.weekday = number();
    if (take('/')) {
      change.seconds = seconds();
    }
    failed_ = failed_ || change.month < 1 || change.month > 12 || change.week < 1 || change.week > 5 || change.weekday > 6;
    return change;
  }

  bool at_digit_or_sign() const { return !text_.empty() && text_.front() != ','; }

 private:
  std::string_view text_;
  bool failed_ = false;
};

}  // namespace

std::int64_t YearlyChange::local_seconds(int year) const {
  const int first_day = days_from_civil(year, month, 1).value_or(0);
  // 1970-01-01 was a Thursday.
  const int first_weekday = ((first_day + 4) % 7 + 7) % 7;
  int day = 1 + (weekday - first_weekday + 7) % 7 + (week - 1) * 7;
  while (!days_from_civil(year, month, day)) {
    day -= 7;
  }
  return (std::int64_t{first_day} + day - 1) * 86'400 + seconds;
}

std::optional<PosixRule> parse_posix_rule(std::string_view text) {
  Scanner scanner(text);
  PosixRule rule;
  scanner.zone_name();
  rule.standard_offset = -scanner.seconds();
  if (!scanner.done() && !scanner.failed()) {
    scanner.zone_name();
    rule.summer_offset = scanner.at_digit_or_sign() ? -scanner.seconds() : rule.standard_offset + kHour;
    rule.to_summer = scanner.change();
    rule.to_standard = scanner.change();
  }
  return scanner.failed() || !scanner.done() ? std::nullopt : std::optional(rule);
}

}  // namespace lakeflow
