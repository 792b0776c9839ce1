#include "libs/hl7v2/character_set.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"
#include "libs/hl7v2/code_switching.h"
#include "libs/hl7v2/icu_converter.h"
#include "libs/hl7v2/undecodable.h"

namespace lakeflow::hl7v2 {
namespace {

// What the sets of a name have in common.
enum class Kind {
  kUtf8,
  kAlternate,   // ASCII, from which the text switches to the set itself
  kKatakana,    // ASCII, and JIS X 0201's katakana as upper half
  kLatin,       // ASCII, and Latin letters as upper half
  kLatin10,     // likewise, ISO 8859-16
  kSingleByte,  // ASCII, and another script as upper half
  kUpperPairs,  // ASCII, and pairs of upper bytes
  kOwnBytes,    // ASCII, and characters whose second bytes may be ASCII's, too: nothing switches there
};

struct Name {
  std::string_view written;  // without case, spaces, hyphens, slashes and underlines
  Kind kind;
  const char* icu = "";
};

// HL7 table 0211, and what else senders write.
constexpr std::array kNames = std::to_array<Name>({
    {"ASCII", Kind::kUtf8},
    {"ISOIR6", Kind::kUtf8},
    {"UNICODEUTF8", Kind::kUtf8},
    {"UTF8", Kind::kUtf8},
    {"UNICODE", Kind::kUtf8},
    {"88591", Kind::kLatin, "ISO-8859-1"},
    {"88592", Kind::kLatin, "ISO-8859-2"},
    {"88593", Kind::kLatin, "ISO-8859-3"},
    {"88594", Kind::kLatin, "ISO-8859-4"},
    {"88595", Kind::kSingleByte, "ISO-8859-5"},
    {"88596", Kind::kSingleByte, "ISO-8859-6"},
    {"88597", Kind::kSingleByte, "ISO-8859-7"},
    {"88598", Kind::kSingleByte, "ISO-8859-8"},
    {"88599", Kind::kLatin, "ISO-8859-9"},
    {"885910", Kind::kLatin, "ISO-8859-10"},
    {"885911", Kind::kSingleByte, "ISO-8859-11"},
    {"885913", Kind::kLatin, "ISO-8859-13"},
    {"885914", Kind::kLatin, "ISO-8859-14"},
    {"885915", Kind::kLatin, "ISO-8859-15"},
    {"885916", Kind::kLatin10},
    {"ISOIR100", Kind::kLatin, "ISO-8859-1"},
    {"ISOIR13", Kind::kKatakana},
    {"ISOIR14", Kind::kKatakana},
    {"ISOIR87", Kind::kAlternate},
    {"ISOIR159", Kind::kAlternate},
    {"GB180302000", Kind::kOwnBytes, "GB18030"},
    {"KSX1001", Kind::kUpperPairs, "windows-949"},
    {"ISOIR149", Kind::kUpperPairs, "windows-949"},
    {"CNS116431992", Kind::kUpperPairs, "EUC-TW"},
    {"BIG5", Kind::kOwnBytes, "Big5"},
    {"WINDOWS1250", Kind::kLatin, "windows-1250"},
    {"WINDOWS1252", Kind::kLatin, "windows-1252"},
    {"CP1252", Kind::kLatin, "windows-1252"},
});

std::string key_of(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c != ' ' && c != '-' && c != '/' && c != '_') {
      key += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  // ISO 8859/1, ISO-8859-1, ISO8859/1.
  return key.starts_with("ISO8859") ? key.substr(3) : key;
}

template <typename Replace>
void replace_undecodable(std::string_view text, std::string& out, Replace replace) {
  for (std::size_t i = 0; i < text.size();) {
    if (const auto byte = undecodable_at(text, i)) {
      replace(*byte);
      i += 3;
    } else {
      out += text[i++];
    }
  }
}

void append_valid(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const CodePoint code_point = first_code_point(bytes);
    if (code_point.valid) {
      out += bytes.substr(0, code_point.bytes);
    } else {
      append_undecodable(bytes.front(), out);
    }
    bytes.remove_prefix(code_point.bytes);
  }
}

void append_upper_half(std::string_view bytes, const GraphicSet* set, std::string& out) {
  for (const char c : bytes) {
    if (static_cast<std::uint8_t>(c) < 0x80) {
      out += c;
    } else if (const char32_t character = set == nullptr ? 0 : set->character(c); character != 0) {
      append_code_point(character, out);
    } else {
      append_undecodable(c, out);
    }
  }
}

}  // namespace

struct CharacterSet::Tables {
  Kind kind = Kind::kUtf8;
  std::shared_ptr<const GraphicSet> upper;  // of one byte a character
  std::unique_ptr<IcuConverter> converter;  // of several
  std::string pairs;                        // ICU's name of those whose upper bytes are pairs
  CodeSwitching switching;
};

CharacterSet::CharacterSet(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
CharacterSet::CharacterSet(CharacterSet&&) noexcept = default;
CharacterSet& CharacterSet::operator=(CharacterSet&&) noexcept = default;
CharacterSet::~CharacterSet() = default;

CharacterSet CharacterSet::utf8() { return CharacterSet(std::make_unique<Tables>()); }

bool CharacterSet::is_utf8() const { return tables_->kind == Kind::kUtf8; }

bool CharacterSet::is_hardly_utf8() const {
  return tables_->kind == Kind::kLatin || tables_->kind == Kind::kLatin10 || tables_->kind == Kind::kAlternate;
}

std::optional<CharacterSet> CharacterSet::find(std::string_view name) {
  const std::string key = key_of(name);
  if (key.empty()) {
    return std::nullopt;
  }
  auto tables = std::make_unique<Tables>();
  const auto known = std::ranges::find(kNames, key, &Name::written);
  // What else ICU knows, but for what is no name: it might look for a file.
  constexpr std::size_t kLongestName = 40;
  if (known == kNames.end() && (name.size() > kLongestName || name.find_first_of("/\\,") != std::string_view::npos)) {
    return std::nullopt;
  }
  tables->kind = known == kNames.end() ? Kind::kOwnBytes : known->kind;
  const std::string icu_name = known == kNames.end() ? std::string(name) : std::string(known->icu);
  switch (tables->kind) {
    case Kind::kUtf8:
    case Kind::kAlternate: return CharacterSet(std::move(tables));
    case Kind::kKatakana: tables->upper = GraphicSet::katakana(); return CharacterSet(std::move(tables));
    case Kind::kLatin10: tables->upper = GraphicSet::latin_10(); return CharacterSet(std::move(tables));
    default: tables->converter = IcuConverter::open(icu_name);
  }
  if (tables->converter == nullptr) {
    return std::nullopt;
  }
  // Delimiters must be what they are in ASCII: that leaves out UTF-16, UTF-32 and EBCDIC. Of those that ICU alone knows: no state, either.
  constexpr std::string_view kSample = "MSH|^~\\&+{}09\r";
  std::string converted;
  tables->converter->append_utf8(kSample, converted);
  if (converted != kSample) {
    return std::nullopt;
  }
  tables->pairs = icu_name;
  if (tables->converter->is_single_byte()) {
    tables->kind = tables->kind == Kind::kOwnBytes ? Kind::kSingleByte : tables->kind;
    tables->upper = GraphicSet::of_upper_half(icu_name);
    tables->converter.reset();
  }
  return CharacterSet(std::move(tables));
}

void CharacterSet::append_utf8(std::string_view bytes, std::string& out, char escape) {
  Tables& tables = *tables_;
  if (tables.kind != Kind::kOwnBytes && CodeSwitching::may_switch(bytes, escape)) {
    UpperHalf upper{.set = tables.upper, .is_utf8 = tables.kind == Kind::kUtf8};
    if (tables.kind == Kind::kUpperPairs) {
      upper.set = tables.upper = tables.upper == nullptr ? GraphicSet::of_pairs(tables.pairs, "") : tables.upper;
    }
    tables.switching.append_utf8(bytes, escape, upper, out);
  } else if (tables.kind == Kind::kUtf8) {
    append_valid(bytes, out);
  } else if (tables.converter != nullptr) {
    tables.converter->append_utf8(bytes, out);
  } else {
    append_upper_half(bytes, tables.upper.get(), out);
  }
}

bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::size_t i = 0;
  for (; i + 32 <= text.size(); i += 32) {
    std::uint64_t words[4];
    std::memcpy(words, text.data() + i, 32);
    seen |= words[0] | words[1] | words[2] | words[3];
  }
  for (; i < text.size(); ++i) {
    seen |= static_cast<std::uint8_t>(text[i]);
  }
  return (seen & 0x8080808080808080U) == 0;
}

bool is_utf8(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  while (!text.empty()) {
    std::uint64_t eight = kHighBits;
    if (text.size() >= sizeof eight) {
      std::memcpy(&eight, text.data(), sizeof eight);
    }
    if ((eight & kHighBits) == 0) {
      text.remove_prefix(sizeof eight);
      continue;
    }
    const CodePoint code_point = first_code_point(text);
    if (!code_point.valid) {
      return false;
    }
    text.remove_prefix(code_point.bytes);
  }
  return true;
}

bool has_undecodable(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (undecodable_at(text, at)) {
      return true;
    }
  }
  return false;
}

std::size_t count_undecodable(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    count += undecodable_at(text, at) ? 1U : 0U;
  }
  return count;
}

void append_replaced(std::string_view text, std::string& out) {
  replace_undecodable(text, out, [&](std::uint8_t) { out += "\xEF\xBF\xBD"; });
}

void append_shown(std::string_view text, std::string& out) {
  replace_undecodable(text, out, [&](std::uint8_t byte) { out += fmt::format("\\x{:02X}", byte); });
}

}  // namespace lakeflow::hl7v2
