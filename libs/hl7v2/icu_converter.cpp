#include "libs/hl7v2/icu_converter.h"

#include <unicode/ucnv.h>

#include "libs/hl7v2/undecodable.h"

namespace lakeflow::hl7v2 {
namespace {

bool is_high_surrogate(UChar unit) { return (unit & 0xFC00U) == 0xD800U; }
bool is_low_surrogate(UChar unit) { return (unit & 0xFC00U) == 0xDC00U; }
char32_t joined(UChar high, UChar low) { return 0x10000U + ((static_cast<char32_t>(high) & 0x3FFU) << 10U) + (static_cast<char32_t>(low) & 0x3FFU); }

// UTF-16 that comes in pieces, as UTF-8.
class Utf16Text {
 public:
  explicit Utf16Text(std::string& out) : out_(out) {}
  void append(const UChar* begin, const UChar* end) {
    for (; begin != end; ++begin) {
      if (high_ != 0 && is_low_surrogate(*begin)) {
        append_code_point(joined(high_, *begin), out_);
        high_ = 0;
      } else if (is_high_surrogate(*begin)) {
        high_ = *begin;
      } else {
        append_code_point(*begin, out_);
      }
    }
  }

 private:
  std::string& out_;
  UChar high_ = 0;
};

}  // namespace

void append_code_point(char32_t code_point, std::string& out) {
  const auto byte = [&](char32_t bits) { out += static_cast<char>(static_cast<std::uint8_t>(bits)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0U | code_point >> 6U);
    byte(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    byte(0xE0U | code_point >> 12U);
    byte(0x80U | (code_point >> 6U & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  } else {
    byte(0xF0U | code_point >> 18U);
    byte(0x80U | (code_point >> 12U & 0x3FU));
    byte(0x80U | (code_point >> 6U & 0x3FU));
    byte(0x80U | (code_point & 0x3FU));
  }
}

void IcuConverter::Close::operator()(UConverter* converter) const { ucnv_close(converter); }

std::unique_ptr<IcuConverter> IcuConverter::open(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<IcuConverter> converter(new IcuConverter(ucnv_open(std::string(name).c_str(), &status)));
  if (U_FAILURE(status) || converter->converter_ == nullptr) {
    return nullptr;
  }
  // A byte that is no character must not become U+FFFD unseen.
  ucnv_setToUCallBack(converter->converter_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

bool IcuConverter::is_single_byte() const { return ucnv_getMaxCharSize(converter_.get()) == 1; }

void IcuConverter::append_utf8(std::string_view bytes, std::string& out) {
  constexpr std::size_t kPieceUnits = 1024;
  UChar piece[kPieceUnits];
  Utf16Text text(out);
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  ucnv_reset(converter_.get());
  while (true) {  // each turn takes bytes, or gives text
    UErrorCode status = U_ZERO_ERROR;
    UChar* to = piece;
    ucnv_toUnicode(converter_.get(), &to, piece + kPieceUnits, &from, end, nullptr, 1, &status);
    text.append(piece, to);
    if (status == U_BUFFER_OVERFLOW_ERROR) {
      continue;
    }
    if (U_SUCCESS(status)) {
      return;
    }
    // Only the first byte of what is no character: the others may begin one, or be delimiters.
    char invalid[16];
    std::int8_t size = sizeof invalid;
    UErrorCode asked = U_ZERO_ERROR;
    ucnv_getInvalidChars(converter_.get(), invalid, &size, &asked);
    const std::size_t length = U_SUCCESS(asked) && size > 0 ? static_cast<std::size_t>(size) : 1;
    from -= length;
    if (static_cast<std::uint8_t>(*from) < 0x80) {
      out += *from;
    } else {
      append_undecodable(*from, out);
    }
    ++from;
    ucnv_reset(converter_.get());
  }
}

char32_t IcuConverter::character(std::string_view bytes) {
  UChar units[4];
  UChar* to = units;
  const char* from = bytes.data();
  UErrorCode status = U_ZERO_ERROR;
  ucnv_reset(converter_.get());
  ucnv_toUnicode(converter_.get(), &to, units + 4, &from, bytes.data() + bytes.size(), nullptr, 1, &status);
  const auto count = to - units;
  if (U_FAILURE(status) || count < 1 || count > 2) {
    return 0;
  }
  if (count == 2) {
    return is_high_surrogate(units[0]) && is_low_surrogate(units[1]) ? joined(units[0], units[1]) : 0;
  }
  return units[0] == 0xFFFDU ? 0 : units[0];
}

}  // namespace lakeflow::hl7v2
