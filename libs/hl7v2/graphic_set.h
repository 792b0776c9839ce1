#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace lakeflow::hl7v2 {

// A set of graphic characters as ISO 2022 designates one: of one byte or of two each, 21–7E (20–7F where it has 96 of them).
class GraphicSet {
 public:
  // The upper half of a character set of one byte a character, by ICU's name; null where ICU has none.
  static std::shared_ptr<const GraphicSet> of_upper_half(std::string_view icu_name);
  // Two bytes a character: ICU's set in which these stand as `prefix` and two bytes with their high bits set.
  static std::shared_ptr<const GraphicSet> of_pairs(std::string_view icu_name, std::string_view prefix);
  // JIS X 0201's katakana.
  static std::shared_ptr<const GraphicSet> katakana();
  // ISO 8859-16, which ICU lacks.
  static std::shared_ptr<const GraphicSet> latin_10();

  bool has_pairs() const { return has_pairs_; }
  // 0 where there is no such character. The bytes' high bits are not looked at; of one byte 00–1F are the C1 controls.
  char32_t character(char byte) const { return characters_[static_cast<unsigned char>(byte) & 0x7FU]; }
  char32_t character(char first, char second) const;

 private:
  GraphicSet(bool has_pairs, std::vector<char32_t> characters) : has_pairs_(has_pairs), characters_(std::move(characters)) {}
  bool has_pairs_;
  std::vector<char32_t> characters_;  // 128, or 94 × 94
};

}  // namespace lakeflow::hl7v2
