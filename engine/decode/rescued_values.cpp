#include "engine/decode/rescued_values.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/json_text.h"

namespace lakeflow {
namespace {

// Names that need no brackets in a path.
bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || c == '_' || c == '-' ||
           c == '$' || c == ':' || c == '/';
  });
}

constexpr std::size_t kFirstSeen = 64;

}  // namespace

void RescuedValues::clear() {
  text_.clear();
  ++record_;
  seen_count_ = 0;
}

std::string_view RescuedValues::finish() {
  text_ += '}';
  return text_;
}

void RescuedValues::append_key(std::string_view raw_key) {
  const std::string_view name = raw_key.substr(1, raw_key.size() - 2);
  if (is_plain(name)) {
    if (!path_.empty()) {
      path_ += '.';
    }
    path_ += name;
    return;
  }
  path_ += '[';
  path_ += raw_key;
  path_ += ']';
}

void RescuedValues::append_column(const Column& column) {
  if (!column.is_member) {
    return;
  }
  if (is_plain(column.name)) {
    if (!path_.empty()) {
      path_ += '.';
    }
    path_ += column.name;
    return;
  }
  std::string raw_key;
  append_json_string(raw_key, column.name);
  append_key(raw_key);
}

void RescuedValues::append_place(const Place& place) {
  if (place.parent == nullptr) {
    return;
  }
  append_place(*place.parent);
  append_column(*place.column);
  if (place.index >= 0) {
    fmt::format_to(std::back_inserter(path_), "[{}]", place.index);
  }
  if (!place.raw_key.empty()) {
    append_key(place.raw_key);
  }
}

void RescuedValues::add_value(const Place& place, const Column& column, std::string_view value) {
  path_.clear();
  append_place(place);
  append_column(column);
  add_value_at_path(value);
}

void RescuedValues::add_unknown(const Place& place, std::string_view raw_key, std::string_view value) {
  path_.clear();
  append_place(place);
  append_key(raw_key);
  add_value_at_path(value);
}

void RescuedValues::add_value_at_path(std::string_view value) {
  if (text_.size() > kMostRescued) {
    return;  // the record will be rejected for its size
  }
  // '#' is no part of a plain name, so a number behind it can't make a path that another member has.
  if (const std::uint32_t times = times_seen(hash_text(path_)); times > 1) {
    fmt::format_to(std::back_inserter(path_), "#{}", times);
  }
  text_ += text_.empty() ? '{' : ',';
  append_json_string(text_, path_);
  text_ += ':';
  text_ += value;
}

std::uint32_t RescuedValues::times_seen(std::uint64_t hash) {
  if (seen_count_ * 2 >= seen_.size()) {
    std::vector<Seen> larger(std::max(kFirstSeen, seen_.size() * 2));
    for (const Seen& entry : seen_) {
      if (entry.record == record_) {
        std::size_t at = entry.hash & (larger.size() - 1);
        while (larger[at].record == record_) {
          at = (at + 1) & (larger.size() - 1);
        }
        larger[at] = entry;
      }
    }
    seen_ = std::move(larger);
  }
  std::size_t at = hash & (seen_.size() - 1);
  while (seen_[at].record == record_ && seen_[at].hash != hash) {
    at = (at + 1) & (seen_.size() - 1);
  }
  if (seen_[at].record != record_) {
    seen_[at] = {hash, record_, 0};
    ++seen_count_;
  }
  return ++seen_[at].times;
}

}  // namespace lakeflow
