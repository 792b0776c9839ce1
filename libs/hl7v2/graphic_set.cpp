#include "libs/hl7v2/graphic_set.h"

#include <array>
#include <string>
#include <utility>

#include "libs/hl7v2/icu_converter.h"

namespace lakeflow::hl7v2 {
namespace {

constexpr std::size_t kHalf = 128;
constexpr std::size_t kRow = 94;

char with_high_bit(std::size_t low) { return static_cast<char>(static_cast<unsigned char>(low | 0x80U)); }

}  // namespace

std::shared_ptr<const GraphicSet> GraphicSet::of_upper_half(std::string_view icu_name) {
  const std::unique_ptr<IcuConverter> converter = IcuConverter::open(icu_name);
  if (converter == nullptr || !converter->is_single_byte()) {
    return nullptr;
  }
  std::vector<char32_t> characters(kHalf, 0);
  for (std::size_t low = 0; low < kHalf; ++low) {
    const char byte = with_high_bit(low);
    characters[low] = converter->character({&byte, 1});
  }
  return std::shared_ptr<const GraphicSet>(new GraphicSet(false, std::move(characters)));
}

std::shared_ptr<const GraphicSet> GraphicSet::of_pairs(std::string_view icu_name, std::string_view prefix) {
  const std::unique_ptr<IcuConverter> converter = IcuConverter::open(icu_name);
  if (converter == nullptr) {
    return nullptr;
  }
  std::vector<char32_t> characters(kRow * kRow, 0);
  for (std::size_t i = 0; i < characters.size(); ++i) {
    std::string bytes(prefix);
    bytes += with_high_bit(0x21 + i / kRow);
    bytes += with_high_bit(0x21 + i % kRow);
    characters[i] = converter->character(bytes);
  }
  return std::shared_ptr<const GraphicSet>(new GraphicSet(true, std::move(characters)));
}

std::shared_ptr<const GraphicSet> GraphicSet::katakana() {
  constexpr char32_t kFirst = 0xFF61;
  constexpr std::size_t kLast = 0x5F;
  std::vector<char32_t> characters(kHalf, 0);
  for (std::size_t low = 0x21; low <= kLast; ++low) {
    characters[low] = kFirst + static_cast<char32_t>(low - 0x21);
  }
  return std::shared_ptr<const GraphicSet>(new GraphicSet(false, std::move(characters)));
}

std::shared_ptr<const GraphicSet> GraphicSet::latin_10() {
  // ISO/IEC 8859-16:2001 where it differs from ISO 8859-1.
  constexpr auto kDifferences = std::to_array<std::pair<std::size_t, char32_t>>(
      {{0xA1, 0x104}, {0xA2, 0x105}, {0xA3, 0x141}, {0xA4, 0x20AC}, {0xA5, 0x201E}, {0xA6, 0x160}, {0xA8, 0x161},  {0xAA, 0x218},
       {0xAC, 0x179}, {0xAE, 0x17A}, {0xAF, 0x17B}, {0xB2, 0x10C},  {0xB3, 0x142},  {0xB4, 0x17D}, {0xB5, 0x201D}, {0xB8, 0x17E},
       {0xB9, 0x10D}, {0xBA, 0x219}, {0xBC, 0x152}, {0xBD, 0x153},  {0xBE, 0x178},  {0xBF, 0x17C}, {0xC3, 0x102},  {0xC5, 0x106},
       {0xD0, 0x110}, {0xD1, 0x143}, {0xD5, 0x150}, {0xD7, 0x15A},  {0xD8, 0x170},  {0xDD, 0x118}, {0xDE, 0x21A},  {0xE3, 0x103},
       {0xE5, 0x107}, {0xF0, 0x111}, {0xF1, 0x144}, {0xF5, 0x151},  {0xF7, 0x15B},  {0xF8, 0x171}, {0xFD, 0x119},  {0xFE, 0x21B}});
  std::vector<char32_t> characters(kHalf, 0);
  for (std::size_t low = 0; low < kHalf; ++low) {
    characters[low] = static_cast<char32_t>(low | 0x80U);
  }
  for (const auto& [byte, character] : kDifferences) {
    characters[byte & 0x7FU] = character;
  }
  return std::shared_ptr<const GraphicSet>(new GraphicSet(false, std::move(characters)));
}

char32_t GraphicSet::character(char first, char second) const {
  const std::size_t row = (static_cast<unsigned char>(first) & 0x7FU) - 0x21U;
  const std::size_t cell = (static_cast<unsigned char>(second) & 0x7FU) - 0x21U;
  return row < kRow && cell < kRow ? characters_[row * kRow + cell] : 0;
}

}  // namespace lakeflow::hl7v2
