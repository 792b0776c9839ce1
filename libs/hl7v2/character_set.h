#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lakeflow::hl7v2 {

// Bytes of a character set as UTF-8. MSH-18 names it (table 0211).
//
// A byte that is no character of the set is never replaced in silence: it becomes the lone surrogate U+DC80 + (byte - 0x80),
// three bytes of UTF-8's form that real text cannot hold. Who stores the text looks for them (has_undecodable), stores
// show_undecodable's form and says so.
//
// Used by one thread.
class CharacterSet {
 public:
  // By a name of table 0211 ("8859/1", "UNICODE UTF-8", "ISO IR87" …) or another usual name of the same set. Nothing where it is
  // unknown, or where its delimiters are no single bytes (UTF-16, UTF-32).
  static std::optional<CharacterSet> find(std::string_view name);
  static CharacterSet utf8();
  bool is_utf8() const { return converter_ == nullptr; }

  CharacterSet(CharacterSet&&) noexcept;
  CharacterSet& operator=(CharacterSet&&) noexcept;
  ~CharacterSet();

  // Appends the bytes as UTF-8.
  void append_utf8(std::string_view bytes, std::string& out);

 private:
  struct Converter;
  explicit CharacterSet(std::unique_ptr<Converter> converter);
  std::unique_ptr<Converter> converter_;  // null for UTF-8 itself
};

// Whether every byte is below 0x80; true for an empty text.
bool is_ascii(std::string_view text);

// Whether the text is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

// Whether some byte could not be decoded.
bool has_undecodable(std::string_view text);

// Appends the text with U+FFFD where a byte could not be decoded: fit for a column.
void append_replaced(std::string_view text, std::string& out);

// Appends the text with \xE9 where the byte E9 could not be decoded: fit for a report.
void append_shown(std::string_view text, std::string& out);

}  // namespace lakeflow::hl7v2
