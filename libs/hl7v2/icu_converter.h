#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct UConverter;

namespace lakeflow::hl7v2 {

// A character set of ICU. Used by one thread.
class IcuConverter {
 public:
  // By any of ICU's names for it (they don't mind case, spaces and hyphens). Null where ICU has none.
  static std::unique_ptr<IcuConverter> open(std::string_view name);

  bool is_single_byte() const;

  // Appends the bytes as UTF-8; what is no character of the set as undecodable (undecodable.h), where it is not ASCII.
  void append_utf8(std::string_view bytes, std::string& out);

  // The one character that the bytes are; 0 where they are none, or more than one.
  char32_t character(std::string_view bytes);

 private:
  struct Close {
    void operator()(UConverter* converter) const;
  };
  explicit IcuConverter(UConverter* converter) : converter_(converter) {}
  std::unique_ptr<UConverter, Close> converter_;
};

// Appends a code point as UTF-8.
void append_code_point(char32_t code_point, std::string& out);

}  // namespace lakeflow::hl7v2
