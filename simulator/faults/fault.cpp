#include "simulator/faults/fault.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "base/options.h"

namespace lakeflow {
namespace {

Error wrong(std::string_view text, std::string_view what) {
  return Error::user(fmt::format("fault '{}': {}", text, what), "write name[=value][:schedule][@subject], for example status=503:2@Patient");
}

// Takes what follows the separator off the end of `text`; nothing where the separator is not there.
std::optional<std::string_view> take_after(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view after = text.substr(at + 1);
  text = text.substr(0, at);
  return after;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto number = parse_integer(text);
  return number && *number > 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

std::optional<FaultSchedule> parse_schedule(std::string_view text) {
  if (text.ends_with('%')) {
    double percent = 0;
    const std::string digits(text.substr(0, text.size() - 1));
    const char* end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, percent);
    if (failure != std::errc() || stop != end || !(percent > 0 && percent <= 100)) {
      return std::nullopt;
    }
    return FaultSchedule{.kind = FaultSchedule::Kind::kPercent, .percent = percent};
  }
  const bool number = text.starts_with('#');
  const auto count = parse_count(number ? text.substr(1) : text);
  if (!count) {
    return std::nullopt;
  }
  return FaultSchedule{.kind = number ? FaultSchedule::Kind::kNumber : FaultSchedule::Kind::kFirst, .count = *count};
}

bool is_choice(std::string_view choices, std::string_view value) {
  return std::ranges::any_of(std::views::split(choices, '|'), [&](const auto& choice) { return std::string_view(choice) == value; });
}

// What is wrong with the value; empty where nothing is.
std::string refuse_value(const FaultKind& kind, std::string_view value) {
  const bool number = parse_integer(value).has_value();
  switch (kind.value) {
    case FaultKind::Value::kNone: return value.empty() ? "" : "takes no value";
    case FaultKind::Value::kNumber: return number ? "" : "needs a number after '='";
    case FaultKind::Value::kOptionalNumber: return number || value.empty() ? "" : "needs a number after '=', or nothing";
    case FaultKind::Value::kNumberOrDate: return number || value == "date" ? "" : "needs a number of seconds or 'date' after '='";
    case FaultKind::Value::kChoice:
      return value.empty() || is_choice(kind.choice, value) ? "" : fmt::format("knows only the value '{}'", kind.choice);
  }
  return "";
}

}  // namespace

Result<Fault> parse_fault(std::string_view text, std::span<const FaultKind> known) {
  std::string_view rest = text;
  const auto subject = take_after(rest, '@');
  const auto schedule = take_after(rest, ':');
  const auto value = take_after(rest, '=');

  const auto kind = std::ranges::find(known, rest, &FaultKind::name);
  if (kind == known.end()) {
    std::vector<std::string> names;
    for (const FaultKind& each : known) {
      names.emplace_back(each.name);
    }
    const auto nearest = nearest_name(rest, names);
    return std::unexpected(Error::user(fmt::format("unknown fault '{}'", rest),
                                       nearest ? fmt::format("did you mean {}?", *nearest) : fmt::format("known are {}", fmt::join(names, ", "))));
  }
  Fault fault{.name = std::string(rest),
              .value = std::string(value.value_or(kind->default_value)),
              .subject = std::string(subject.value_or("")),
              .schedule = {}};
  if (const std::string refusal = refuse_value(*kind, fault.value); !refusal.empty()) {
    return std::unexpected(wrong(text, refusal));
  }
  if (subject && subject->empty()) {
    return std::unexpected(wrong(text, "nothing stands after '@'"));
  }
  if (schedule) {
    const auto parsed = parse_schedule(*schedule);
    if (!parsed) {
      return std::unexpected(wrong(text, "the schedule after ':' is none of 3 (the first three), #3 (the third), 5% (five in a hundred)"));
    }
    fault.schedule = *parsed;
  }
  return fault;
}

std::string fault_text(const Fault& fault) {
  std::string text = fault.name;
  if (!fault.value.empty()) {
    text += "=" + fault.value;
  }
  switch (fault.schedule.kind) {
    case FaultSchedule::Kind::kAlways: break;
    case FaultSchedule::Kind::kFirst: text += fmt::format(":{}", fault.schedule.count); break;
    case FaultSchedule::Kind::kNumber: text += fmt::format(":#{}", fault.schedule.count); break;
    case FaultSchedule::Kind::kPercent: text += fmt::format(":{}%", fault.schedule.percent); break;
  }
  return fault.subject.empty() ? text : text + "@" + fault.subject;
}

}  // namespace lakeflow
