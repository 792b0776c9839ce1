#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lakeflow::hl7v2 {

// Bytes of a character set as UTF-8. MSH-18 names it (table 0211).
//
// A byte that is no character of the set is never replaced in silence: it becomes the lone surrogate U+DC00 + byte, three bytes of
// UTF-8's form that real text cannot hold. Who stores the text looks for them (has_undecodable), stores append_replaced's form and
// says so.
//
// Used by one thread.
class CharacterSet {
 public:
  // By a name of table 0211 ("8859/1", "UNICODE UTF-8", "ISO IR87" …) or another usual name of the same set. Nothing where it is
  // unknown, or where its delimiters are no single bytes (UTF-16, UTF-32).
  static std::optional<CharacterSet> find(std::string_view name);
  static CharacterSet utf8();
  // UTF-8, or ASCII, which is a part of it.
  bool is_utf8() const;
  // Whether text of the set that also is UTF-8 beyond ASCII hardly exists: Latin letters, or ASCII with switches. In other scripts a short
  // text may well be both.
  bool is_hardly_utf8() const;

  CharacterSet(CharacterSet&&) noexcept;
  CharacterSet& operator=(CharacterSet&&) noexcept;
  ~CharacterSet();

  // Appends the bytes as UTF-8. Of a set that builds on ISO 2022 the text may switch to others (code_switching.h), by HL7's escape sequences, too,
  // where the escape character is given.
  void append_utf8(std::string_view bytes, std::string& out, char escape = '\0');

 private:
  struct Tables;
  explicit CharacterSet(std::unique_ptr<Tables> tables);
  std::unique_ptr<Tables> tables_;
};

// Whether every byte is below 0x80; true for an empty text.
bool is_ascii(std::string_view text);

// Whether the text is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

// Whether some byte could not be decoded.
bool has_undecodable(std::string_view text);

// How many bytes could not be decoded.
std::size_t count_undecodable(std::string_view text);

// Appends the text with U+FFFD where a byte could not be decoded: fit for a column.
void append_replaced(std::string_view text, std::string& out);

// Appends the text with \xE9 where the byte E9 could not be decoded: fit for a report.
void append_shown(std::string_view text, std::string& out);

}  // namespace lakeflow::hl7v2
