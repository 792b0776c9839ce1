#include "libs/hl7v2/message.h"

#include <fmt/format.h>

#include <algorithm>

namespace lakeflow::hl7v2 {

std::string_view Part::raw() const {
  if (tokens_ == nullptr || first_ >= end_) {
    return {};
  }
  return tokens_->text.substr(begin_, tokens_->ends[end_ - 1] - begin_);
}

Part Part::part(Mark level, std::uint32_t n) const {
  if (tokens_ == nullptr || n == 0) {
    return {};
  }
  std::uint32_t begin = begin_;
  std::uint32_t first = first_;
  for (std::uint32_t i = first_; i < end_; ++i) {
    if (i + 1 < end_ && tokens_->mark(i) < level) {
      continue;
    }
    if (--n == 0) {
      return {*tokens_, begin, first, i + 1, level};
    }
    begin = tokens_->ends[i] + 1;
    first = i + 1;
  }
  return {};
}

std::uint32_t Part::count(Mark level) const {
  if (tokens_ == nullptr || first_ >= end_) {
    return 0;
  }
  std::uint32_t count = 1;
  for (std::uint32_t i = first_; i + 1 < end_; ++i) {
    count += tokens_->mark(i) >= level ? 1U : 0U;
  }
  return count;
}

Part field(const MessageTokens& tokens, const SegmentTokens& segment, std::uint32_t n) {
  if (n == 0 || (n == 1 && is_header(segment.name))) {
    return {};
  }
  const Part whole(tokens, segment.begin, segment.first_value, segment.end_value, Mark::kSegment);
  return whole.part(Mark::kField, is_header(segment.name) ? n : n + 1);
}

FirstFields::FirstFields(const MessageTokens& tokens, const SegmentTokens& segment) : tokens_(tokens), segment_(segment) {
  first_values_[0] = segment.first_value;
  for (std::uint32_t i = segment.first_value; i < segment.end_value && count_ <= kMost; ++i) {
    if (tokens.mark(i) >= Mark::kField || i + 1 == segment.end_value) {
      first_values_[++count_] = i + 1;
    }
  }
}

Part FirstFields::field(std::uint32_t n) const {
  const bool header = is_header(segment_.name);
  const std::uint32_t at = header ? n - 1 : n;
  if (n == 0 || at == 0 || at >= count_) {
    return {};
  }
  return {tokens_, tokens_.ends[first_values_[at] - 1] + 1, first_values_[at], first_values_[at + 1], Mark::kField};
}

std::uint32_t field_count(const MessageTokens& tokens, const SegmentTokens& segment) {
  const Part whole(tokens, segment.begin, segment.first_value, segment.end_value, Mark::kSegment);
  const std::uint32_t values = whole.count(Mark::kField);
  return is_header(segment.name) ? values : values - 1;
}

std::string segment_label(const MessageTokens& tokens, const SegmentTokens& segment) {
  const std::string_view name = tokens.text.substr(segment.begin, 3);
  std::string label;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80U) {
      label += c;
    } else {
      label += fmt::format("\\x{:02X}", byte);
    }
  }
  return label;
}

const SegmentTokens* find_segment(const MessageTokens& tokens, SegmentName name) {
  const auto found = std::ranges::find(tokens.segments, name, &SegmentTokens::name);
  return found == tokens.segments.end() ? nullptr : &*found;
}

}  // namespace lakeflow::hl7v2
