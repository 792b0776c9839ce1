#include "libs/time_zone/zone_file.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "libs/time_zone/posix_rule.h"

namespace lakeflow {
namespace {

// The rule after the last transition is written out up to this year.
constexpr int kLastYear = 2199;

// Reads big-endian numbers; past the end everything is 0 and `failed`.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  bool failed() const { return failed_; }
  std::string_view rest() const { return bytes_; }

  std::string_view take(std::size_t count) {
    failed_ = failed_ || count > bytes_.size();
    const std::string_view taken = bytes_.substr(0, std::min(count, bytes_.size()));
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  std::int64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const char c : take(size)) {
      value = value << 8U | static_cast<std::uint8_t>(c);
    }
    return size == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value)) : static_cast<std::int64_t>(value);
  }
  std::size_t count() { return static_cast<std::size_t>(static_cast<std::uint32_t>(number(4))); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

struct Header {
  char version = '\0';
  std::size_t utc_marks = 0;
  std::size_t standard_marks = 0;
  std::size_t leap_seconds = 0;
  std::size_t transitions = 0;
  std::size_t types = 0;
  std::size_t name_bytes = 0;
  bool valid = false;

  std::size_t body_size(std::size_t time_size) const {
    return transitions * (time_size + 1) + types * 6 + name_bytes + leap_seconds * (time_size + 4) + standard_marks + utc_marks;
  }
};

Header read_header(Bytes& bytes) {
  Header header;
  const bool magic = bytes.take(4) == "TZif";
  const std::string_view version = bytes.take(1);
  header.version = version.empty() ? '\0' : version[0];
  bytes.take(15);
  header.utc_marks = bytes.count();
  header.standard_marks = bytes.count();
  header.leap_seconds = bytes.count();
  header.transitions = bytes.count();
  header.types = bytes.count();
  header.name_bytes = bytes.count();
  header.valid = magic && !bytes.failed() && header.types > 0;
  return header;
}

}  // namespace

Result<TimeZone> ZoneFile::parse(std::string_view bytes, std::string_view name) {
  const auto damaged = [&] { return std::unexpected(Error::user(fmt::format("the zone file of {} is damaged", name), "reinstall tzdata")); };
  Bytes file(bytes);
  // The first body has 32-bit times; it is passed over.
  const Header old = read_header(file);
  file.take(old.valid ? old.body_size(4) : 0);
  const Header header = read_header(file);
  if (!old.valid || old.version < '2' || !header.valid || header.body_size(8) > file.rest().size()) {
    return damaged();
  }
  Bytes times(file.take(header.transitions * 8));
  const std::string_view indexes = file.take(header.transitions);
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < header.types; ++i) {
    offsets.push_back(static_cast<std::int32_t>(file.number(4)));
    file.take(2);
  }
  file.take(header.name_bytes + header.leap_seconds * 12 + header.standard_marks + header.utc_marks);
  std::string_view footer = file.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') {
    return damaged();
  }
  footer = footer.substr(1, footer.size() - 2);

  TimeZone zone;
  zone.first_offset_ = offsets.front();
  std::vector<TimeZone::Transition> transitions;
  for (const char index : indexes) {
    const auto type = static_cast<std::uint8_t>(index);
    if (type >= offsets.size()) {
      return damaged();
    }
    transitions.push_back({times.number(8), offsets[type]});
  }
  const auto rule = parse_posix_rule(footer);
  if (rule && rule->to_summer) {
    const std::int64_t last = transitions.empty() ? 0 : transitions.back().utc_seconds;
    std::vector<TimeZone::Transition> later;
    for (int year = 1970; year <= kLastYear; ++year) {
      later.push_back({rule->to_summer->local_seconds(year) - rule->standard_offset, rule->summer_offset});
      later.push_back({rule->to_standard.local_seconds(year) - rule->summer_offset, rule->standard_offset});
    }
    std::ranges::sort(later, {}, &TimeZone::Transition::utc_seconds);
    std::ranges::copy_if(later, std::back_inserter(transitions), [&](const auto& transition) { return transition.utc_seconds > last; });
  }
  zone.transitions_ = std::make_shared<const std::vector<TimeZone::Transition>>(std::move(transitions));
  return zone;
}

}  // namespace lakeflow
