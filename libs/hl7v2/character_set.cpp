#include "libs/hl7v2/character_set.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <iconv.h>

#include "base/utf8.h"

namespace lakeflow::hl7v2 {
namespace {

// HL7 table 0211, and what else senders write, as iconv knows them.
struct Name {
  std::string_view hl7;
  const char* iconv;
};

constexpr const char* kUtf8 = "UTF-8";

constexpr std::array kNames = {
    Name{"ASCII", kUtf8},
    Name{"ISO IR6", kUtf8},
    Name{"UNICODE UTF-8", kUtf8},
    Name{"UTF-8", kUtf8},
    Name{"UTF8", kUtf8},
    Name{"UNICODE", kUtf8},
    Name{"8859/1", "ISO-8859-1"},
    Name{"8859/2", "ISO-8859-2"},
    Name{"8859/3", "ISO-8859-3"},
    Name{"8859/4", "ISO-8859-4"},
    Name{"8859/5", "ISO-8859-5"},
    Name{"8859/6", "ISO-8859-6"},
    Name{"8859/7", "ISO-8859-7"},
    Name{"8859/8", "ISO-8859-8"},
    Name{"8859/9", "ISO-8859-9"},
    Name{"8859/10", "ISO-8859-10"},
    Name{"8859/11", "ISO-8859-11"},
    Name{"8859/13", "ISO-8859-13"},
    Name{"8859/14", "ISO-8859-14"},
    Name{"8859/15", "ISO-8859-15"},
    Name{"8859/16", "ISO-8859-16"},
    Name{"ISO IR14", "JIS_X0201"},
    Name{"ISO IR87", "ISO-2022-JP"},
    Name{"ISO IR159", "ISO-2022-JP-1"},
    Name{"GB 18030-2000", "GB18030"},
    Name{"KS X 1001", "EUC-KR"},
    Name{"CNS 11643-1992", "EUC-TW"},
    Name{"BIG-5", "BIG5"},
};

// U+DC80 + (byte - 0x80), in UTF-8's form: ED B2 80 … ED B3 BF.
void append_undecodable(char c, std::string& out) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += '\xED';
  out += static_cast<char>(0xB0U | (byte >> 6U));
  out += static_cast<char>(0x80U | (byte & 0x3FU));
}

// The byte that the undecodable at `at` stands for; nothing where there is none.
std::optional<std::uint8_t> undecodable_at(std::string_view text, std::size_t at) {
  if (at + 3 > text.size() || text[at] != '\xED' || (text[at + 1] != '\xB2' && text[at + 1] != '\xB3')) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>((static_cast<std::uint8_t>(text[at + 1]) & 0x3U) << 6U | (static_cast<std::uint8_t>(text[at + 2]) & 0x3FU));
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

}  // namespace

struct CharacterSet::Converter {
  explicit Converter(const char* name) : handle(iconv_open(kUtf8, name)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (is_open()) {
      iconv_close(handle);
    }
  }
  // iconv's own mark of failure, an all-ones pointer.
  bool is_open() const { return reinterpret_cast<std::intptr_t>(handle) != -1; }

  iconv_t handle;
};

CharacterSet::CharacterSet(std::unique_ptr<Converter> converter) : converter_(std::move(converter)) {}
CharacterSet::CharacterSet(CharacterSet&&) noexcept = default;
CharacterSet& CharacterSet::operator=(CharacterSet&&) noexcept = default;
CharacterSet::~CharacterSet() = default;

CharacterSet CharacterSet::utf8() { return CharacterSet(nullptr); }

std::optional<CharacterSet> CharacterSet::find(std::string_view name) {
  const auto known = std::ranges::find(kNames, name, &Name::hl7);
  const std::string iconv_name = known == kNames.end() ? std::string(name) : std::string(known->iconv);
  if (iconv_name.empty()) {
    return std::nullopt;
  }
  if (iconv_name == kUtf8) {
    return utf8();
  }
  auto converter = std::make_unique<Converter>(iconv_name.c_str());
  if (!converter->is_open()) {
    return std::nullopt;
  }
  CharacterSet set(std::move(converter));
  // Delimiters must be what they are in ASCII: that leaves out UTF-16, UTF-32 and EBCDIC.
  constexpr std::string_view kSample = "MSH|^~&09\r";
  std::string converted;
  set.append_utf8(kSample, converted);
  return converted == kSample ? std::optional(std::move(set)) : std::nullopt;
}

void CharacterSet::append_utf8(std::string_view bytes, std::string& out) {
  if (converter_ == nullptr) {
    append_valid(bytes, out);
    return;
  }
  iconv(converter_->handle, nullptr, nullptr, nullptr, nullptr);
  std::string input(bytes);
  char* from = input.data();
  std::size_t from_left = input.size();
  char piece[4096];
  while (from_left > 0) {
    char* to = piece;
    std::size_t to_left = sizeof piece;
    const std::size_t outcome = iconv(converter_->handle, &from, &from_left, &to, &to_left);
    out.append(piece, sizeof piece - to_left);
    if (outcome == static_cast<std::size_t>(-1) && errno != E2BIG && from_left > 0) {
      // No character of the set, or one that the end cut.
      if (static_cast<std::uint8_t>(*from) < 0x80) {
        out += *from;
      } else {
        append_undecodable(*from, out);
      }
      ++from;
      --from_left;
    }
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

void append_replaced(std::string_view text, std::string& out) {
  replace_undecodable(text, out, [&](std::uint8_t) { out += "\xEF\xBF\xBD"; });
}

void append_shown(std::string_view text, std::string& out) {
  replace_undecodable(text, out, [&](std::uint8_t byte) { out += fmt::format("\\x{:02X}", byte); });
}

}  // namespace lakeflow::hl7v2
