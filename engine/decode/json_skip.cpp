#include "engine/decode/json_skip.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/decode/json_escape.h"
#include "engine/decode/json_number.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/decode/json_skip.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/decode/text_block.inl"

HWY_BEFORE_NAMESPACE();
namespace lakeflow::HWY_NAMESPACE {
namespace {

class Skipper {
 public:
  explicit Skipper(const char* end) : end_(end) {}

  SkippedValue skip(const char* p, int depth) {
    result_.end = value(p, depth);
    return result_;
  }

 private:
  const char* fail(const char* p, const char* reason = "invalid_json") {
    result_.reason = reason;
    result_.wrong = p;
    return nullptr;
  }

  const char* skip_space(const char* p) const {
    while (p < end_ && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
      ++p;
    }
    return p;
  }

  // From behind the opening quote.
  const char* string(const char* p) {
    std::uint8_t written[kMostEscaped];
    for (;;) {  // ends at the closing quote, or at the record's end
      p += result_.not_ascii ? plain_prefix<false>(p) : plain_prefix<true>(p);
      if (p >= end_) {
        return fail(end_);
      }
      const auto c = static_cast<unsigned char>(*p);
      if (c == '"') {
        return p + 1;
      }
      if (c == '\\') {
        const JsonEscape escape = read_escape(p, written);
        if (escape.end == nullptr) {
          return fail(p);
        }
        p = escape.end;
      } else if (c < 0x20) {
        return fail(p);
      } else if (c >= 0x80) {
        result_.not_ascii = true;
      }
    }
  }

  const char* literal(const char* p, const char* word, std::size_t length) { return std::memcmp(p, word, length) == 0 ? p + length : fail(p); }

  // A string, a number or a word.
  const char* scalar(const char* p) {
    switch (*p) {
      case '"': return string(p + 1);
      case 't': return literal(p, "true", 4);
      case 'f': return literal(p, "false", 5);
      case 'n': return literal(p, "null", 4);
      default: break;
    }
    JsonNumber number;
    const char* const end = scan_number(p, end_, number);
    return end == nullptr ? fail(p) : end;
  }

  // The key and the colon of a member.
  const char* key(const char* p) {
    if (p >= end_ || *p != '"') {
      return fail(p);
    }
    p = string(p + 1);
    if (p == nullptr) {
      return nullptr;
    }
    p = skip_space(p);
    return p < end_ && *p == ':' ? skip_space(p + 1) : fail(p);
  }

  const char* value(const char* p, int depth) {
    int level = depth;
    for (;;) {  // ends with the value, or at the record's end
      if (p >= end_) {
        return fail(end_);
      }
      if (*p == '{' || *p == '[') {
        if (level == kDeepestRecord) {
          return fail(p, "nested_too_deep");
        }
        const bool is_object = *p == '{';
        p = skip_space(p + 1);
        if (*p != (is_object ? '}' : ']')) {
          is_object_[static_cast<std::size_t>(level++)] = is_object;
          if (is_object && (p = key(p)) == nullptr) {
            return nullptr;
          }
          continue;
        }
        ++p;
      } else if ((p = scalar(p)) == nullptr) {
        return nullptr;
      }
      // Behind a value: the levels that end here, or the next value of the one that goes on.
      for (;; ++p) {  // ends with the levels
        if (p > end_) {
          return fail(end_);
        }
        if (level == depth) {
          return p;
        }
        const bool is_object = is_object_[static_cast<std::size_t>(level - 1)];
        p = skip_space(p);
        if (p < end_ && *p == ',') {
          p = skip_space(p + 1);
          if (is_object && (p = key(p)) == nullptr) {
            return nullptr;
          }
          break;
        }
        if (p >= end_ || *p != (is_object ? '}' : ']')) {
          return fail(p);
        }
        --level;
      }
    }
  }

  const char* end_;
  SkippedValue result_;
  // Of each open level; written when it is entered, so that a skip that meets no level costs nothing.
  std::array<bool, kDeepestRecord> is_object_;
};

SkippedValue skip(const char* p, const char* end, int depth) { return Skipper(end).skip(p, depth); }

}  // namespace
}  // namespace lakeflow::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lakeflow {

HWY_EXPORT(skip);

SkippedValue skip_json_value(const char* p, const char* end, int depth) { return HWY_DYNAMIC_DISPATCH(skip)(p, end, depth); }

}  // namespace lakeflow
#endif
