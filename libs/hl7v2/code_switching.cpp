#include "libs/hl7v2/code_switching.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/utf8.h"
#include "libs/hl7v2/icu_converter.h"
#include "libs/hl7v2/undecodable.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr char kSwitchByte = '\x1b';

// The designations of ISO 2022 that table 0211's sets, and their like in Korea, China and Europe, are switched by; behind 1B. The name is ICU's
// of a set in which these characters stand, behind the prefix where they have pairs.
struct Designation {
  std::string_view bytes;
  bool to_upper;
  std::string_view icu_name;
  std::string_view prefix = {};
  bool has_pairs = false;
};
constexpr std::string_view kAscii = "";
constexpr std::string_view kKatakana = "katakana";
constexpr std::string_view kLatin10 = "8859/16";
constexpr std::string_view kJapanese = "ibm-954_P101-2007";  // EUC-JP as JIS has it: 2141 is U+301C
constexpr std::array kDesignations = std::to_array<Designation>({
    {"(B", false, kAscii},
    {"(J", false, kAscii},  // JIS X 0201's Roman set: its yen sign and overline stay what delimiters are
    {"(I", false, kKatakana},
    {")I", true, kKatakana},
    {"$@", false, kJapanese, "", true},
    {"$B", false, kJapanese, "", true},
    {"$(B", false, kJapanese, "", true},
    {"$)B", true, kJapanese, "", true},
    {"$(D", false, kJapanese, "\x8F", true},
    {"$)D", true, kJapanese, "\x8F", true},
    {"$A", false, "GB18030", "", true},
    {"$(A", false, "GB18030", "", true},
    {"$)A", true, "GB18030", "", true},
    {"$(C", false, "EUC-KR", "", true},
    {"$)C", true, "EUC-KR", "", true},
    {"$(G", false, "EUC-TW", "", true},
    {"$)G", true, "EUC-TW", "", true},
    {"$(H", false, "EUC-TW", "\x8E\xA2", true},
    {"$)H", true, "EUC-TW", "\x8E\xA2", true},
    {"-A", true, "ISO-8859-1"},
    {"-B", true, "ISO-8859-2"},
    {"-C", true, "ISO-8859-3"},
    {"-D", true, "ISO-8859-4"},
    {"-L", true, "ISO-8859-5"},
    {"-G", true, "ISO-8859-6"},
    {"-F", true, "ISO-8859-7"},
    {"-H", true, "ISO-8859-8"},
    {"-M", true, "ISO-8859-9"},
    {"-V", true, "ISO-8859-10"},
    {"-T", true, "ISO-8859-11"},
    {"-Y", true, "ISO-8859-13"},
    {"-_", true, "ISO-8859-14"},
    {"-b", true, "ISO-8859-15"},
    {"-f", true, kLatin10},
});

bool is_graphic(char c) { return c > ' ' && c < '\x7f'; }
bool is_upper(char c) { return static_cast<std::uint8_t>(c) >= 0x80; }
bool is_upper_graphic(char c) { return static_cast<std::uint8_t>(c) >= 0xA1 && static_cast<std::uint8_t>(c) <= 0xFE; }

// Behind 1B what ISO 2022 names sets by: one to three bytes 20–2F and one above.
bool names_a_set(std::string_view behind) {
  std::size_t between = 0;
  while (between < behind.size() && between < 3 && behind[between] >= ' ' && behind[between] <= '/') {
    ++between;
  }
  return between > 0 && between < behind.size() && behind[between] >= '0' && behind[between] <= '~';
}

std::optional<unsigned> hexadecimal(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

// The bytes that \C2842\ or \M2442\ at the beginning of the text stands for, and how long that is; nothing where there is none.
struct Escaped {
  std::string bytes;
  std::size_t length = 0;
};
std::optional<Escaped> escaped_designation(std::string_view text, char escape) {
  const std::size_t close = text.size() > 2 && (text[1] == 'C' || text[1] == 'M') ? text.substr(0, 10).find(escape, 2) : std::string_view::npos;
  if (close == std::string_view::npos || close % 2 != 0) {
    return std::nullopt;
  }
  Escaped found{.bytes = {}, .length = close + 1};
  for (std::size_t i = 2; i < close; i += 2) {
    const auto high = hexadecimal(text[i]);
    const auto low = hexadecimal(text[i + 1]);
    if (!high || !low) {
      return std::nullopt;
    }
    found.bytes += static_cast<char>(*high << 4U | *low);
  }
  return found;
}

void append_or_show(char32_t character, std::string_view bytes, std::string& out) {
  if (character != 0) {
    append_code_point(character, out);
    return;
  }
  for (const char byte : bytes) {
    append_undecodable(byte, out);
  }
}

}  // namespace

bool CodeSwitching::may_switch(std::string_view text, char escape) {
  if (text.contains(kSwitchByte)) {
    return true;
  }
  const char single[] = {escape, 'C'};
  const char multiple[] = {escape, 'M'};
  return escape != '\0' && (text.contains(std::string_view(single, 2)) || text.contains(std::string_view(multiple, 2)));
}

const std::shared_ptr<const GraphicSet>& CodeSwitching::set_of(std::string_view icu_name, std::string_view prefix, bool has_pairs) {
  const std::string key = std::string(prefix) + std::string(icu_name);
  const auto known = sets_.find(key);
  if (known != sets_.end()) {
    return known->second;
  }
  return sets_
      .emplace(key, icu_name == kKatakana  ? GraphicSet::katakana()
                    : icu_name == kLatin10 ? GraphicSet::latin_10()
                    : has_pairs            ? GraphicSet::of_pairs(icu_name, prefix)
                                           : GraphicSet::of_upper_half(icu_name))
      .first->second;
}

std::optional<CodeSwitching::Switch> CodeSwitching::meaning(std::string_view designation) {
  const auto known = std::ranges::find_if(kDesignations, [&](const Designation& one) { return designation.starts_with(one.bytes); });
  if (known == kDesignations.end()) {
    return std::nullopt;
  }
  Switch found{.length = known->bytes.size(), .to_upper = known->to_upper, .set = nullptr};
  if (!known->icu_name.empty()) {
    found.set = set_of(known->icu_name, known->prefix, known->has_pairs);
    if (found.set == nullptr) {
      return std::nullopt;
    }
  }
  return found;
}

std::optional<CodeSwitching::Switch> CodeSwitching::switch_at(std::string_view text, char escape) {
  std::optional<Switch> found;
  if (text.front() == kSwitchByte) {
    found = meaning(text.substr(1));
    if (found) {
      ++found->length;
    }
  } else if (escape != '\0' && text.front() == escape) {
    if (const auto escaped = escaped_designation(text, escape)) {
      found = meaning(escaped->bytes);
      // All of it names the set, or it is something else.
      if (found && found->length != escaped->bytes.size()) {
        return std::nullopt;
      }
      if (found) {
        found->length = escaped->length;
      }
    }
  }
  return found;
}

void CodeSwitching::append_utf8(std::string_view text, char escape, const UpperHalf& upper, std::string& out) {
  std::shared_ptr<const GraphicSet> lower_set;
  std::shared_ptr<const GraphicSet> upper_set = upper.set;
  bool upper_is_utf8 = upper.is_utf8;
  const auto reset = [&] {
    lower_set = nullptr;
    upper_set = upper.set;
    upper_is_utf8 = upper.is_utf8;
  };
  while (!text.empty()) {
    const char c = text.front();
    if (const auto found = switch_at(text, escape)) {
      (found->to_upper ? upper_set : lower_set) = found->set;
      upper_is_utf8 = upper_is_utf8 && !found->to_upper;
      text.remove_prefix(found->length);
      continue;
    }
    std::size_t taken = 1;
    if (c == kSwitchByte && !upper.is_utf8 && names_a_set(text.substr(1))) {
      append_undecodable(c, out);
    } else if (!is_upper(c) && (lower_set == nullptr || !is_graphic(c))) {
      out += c;
      if (c == '\r' || c == '\n') {
        reset();
      }
    } else if (is_upper(c) && upper_is_utf8) {
      const CodePoint code_point = first_code_point(text);
      if (code_point.valid) {
        out += text.substr(0, code_point.bytes);
        taken = code_point.bytes;
      } else {
        append_undecodable(c, out);
      }
    } else {
      const GraphicSet* const set = is_upper(c) ? upper_set.get() : lower_set.get();
      if (set == nullptr) {
        append_undecodable(c, out);
      } else if (!set->has_pairs()) {
        append_or_show(set->character(c), text.substr(0, 1), out);
      } else if (text.size() > 1 && (is_upper(c) ? is_upper_graphic(c) && is_upper_graphic(text[1]) : is_graphic(text[1]))) {
        append_or_show(set->character(c, text[1]), text.substr(0, 2), out);
        taken = 2;
      } else {
        append_undecodable(c, out);
      }
    }
    text.remove_prefix(taken);
  }
}

}  // namespace lakeflow::hl7v2
