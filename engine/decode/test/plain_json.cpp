#include "engine/decode/test/plain_json.h"

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace lakeflow {
namespace {

struct Mistake {
  std::string code = "invalid_json";
};

void append_code(std::string& out, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 + code / 64);
    byte(0x80 + code % 64);
  } else if (code < 0x10000) {
    byte(0xE0 + code / 4096);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  } else {
    byte(0xF0 + code / 262144);
    byte(0x80 + code / 4096 % 64);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  }
}

class Reader {
 public:
  Reader(std::string_view text, int deepest) : text_(text), deepest_(deepest) {}

  PlainJson whole() {
    space();
    if (at_ == text_.size()) throw Mistake{"empty_record"};
    PlainJson value = read(0);
    space();
    if (at_ != text_.size()) throw Mistake{};
    return value;
  }

 private:
  // The next byte; a text that ends too early is a mistake like any other.
  char peek() const {
    if (at_ >= text_.size()) throw Mistake{};
    return text_[at_];
  }
  char take() {
    const char c = peek();
    ++at_;
    return c;
  }
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  void word(std::string_view word) {
    for (const char c : word) {
      if (take() != c) throw Mistake{};
    }
  }

  PlainJson read(int depth) {
    PlainJson value;
    const std::size_t start = at_;
    switch (peek()) {
      case 'n': word("null"); break;
      case 't': word("true"), value.kind = PlainJson::Kind::kTrue; break;
      case 'f': word("false"), value.kind = PlainJson::Kind::kFalse; break;
      case '"': string(value); break;
      case '[': array(value, depth + 1); break;
      case '{': object(value, depth + 1); break;
      default: number(value);
    }
    value.raw = text_.substr(start, at_ - start);
    return value;
  }

  void digits() {
    if (peek() < '0' || peek() > '9') throw Mistake{};
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
  }

  void number(PlainJson& value) {
    value.kind = PlainJson::Kind::kNumber;
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else {
      digits();
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
  }

  std::uint32_t hex() {
    std::string digits;
    for (int i = 0; i < 4; ++i) digits += take();
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) throw Mistake{};
    return static_cast<std::uint32_t>(std::strtoul(digits.c_str(), nullptr, 16));
  }

  void string(PlainJson& value) {
    value.kind = PlainJson::Kind::kString;
    std::string text;
    bool whole = true;
    for (char c = (take(), take()); c != '"'; c = take()) {
      if (static_cast<unsigned char>(c) < 0x20) throw Mistake{};
      if (c != '\\') {
        text += c;
        continue;
      }
      const char escape = take();
      const std::size_t simple = std::string_view("\"\\/bfnrt").find(escape);
      if (simple != std::string_view::npos) {
        text += "\"\\/\b\f\n\r\t"[simple];
        continue;
      }
      if (escape != 'u') throw Mistake{};
      const std::uint32_t code = hex();
      if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
        const std::size_t behind = at_;
        at_ += 2;
        const std::uint32_t low = hex();
        if (low >= 0xDC00 && low < 0xE000) {
          append_code(text, 0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00));
          continue;
        }
        at_ = behind;
      }
      if (code >= 0xD800 && code < 0xE000) {
        whole = false;
      } else {
        append_code(text, code);
      }
    }
    if (whole) value.text = text;
  }

  void array(PlainJson& value, int depth) {
    enter(depth);
    value.kind = PlainJson::Kind::kArray;
    take();
    space();
    if (peek() == ']') {
      take();
      return;
    }
    for (char c = ','; c != ']'; c = take()) {
      if (c != ',') throw Mistake{};
      space();
      value.elements.push_back(read(depth));
      space();
    }
  }

  void object(PlainJson& value, int depth) {
    enter(depth);
    value.kind = PlainJson::Kind::kObject;
    take();
    space();
    if (peek() == '}') {
      take();
      return;
    }
    for (char c = ','; c != '}'; c = take()) {
      if (c != ',') throw Mistake{};
      space();
      if (peek() != '"') throw Mistake{};
      PlainJson key = read(depth);
      space();
      if (take() != ':') throw Mistake{};
      space();
      value.members.push_back({std::move(key), read(depth)});
      space();
    }
  }

  void enter(int depth) const {
    if (depth > deepest_) throw Mistake{"nested_too_deep"};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int deepest_;
};

}  // namespace

bool is_plain_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || i + length > text.size()) return false;
    std::uint32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next < 0x80 || next > 0xBF) return false;
      code = code * 64 + (next & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

PlainJsonOutcome read_plain_record(std::string_view text, int deepest) {
  try {
    PlainJson value = Reader(text, deepest).whole();
    if (value.kind != PlainJson::Kind::kObject) return {{}, "not_an_object"};
    if (!is_plain_utf8(text)) return {{}, "invalid_utf8"};
    return {std::move(value), ""};
  } catch (const Mistake& mistake) {
    return {{}, mistake.code};
  }
}

}  // namespace lakeflow
