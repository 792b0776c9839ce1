#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/hl7v2/graphic_set.h"

namespace lakeflow::hl7v2 {

// What bytes with their high bit set are where nothing was switched to: characters of a set, of UTF-8, or nothing.
struct UpperHalf {
  std::shared_ptr<const GraphicSet> set;
  bool is_utf8 = false;
};

// Text that switches character sets within itself (HL7 v2.8.2 §2.7.2; ISO 2022), by 1B and what names a set, or by the same in
// HL7's escapes: \C2842\ is 1B ( B, \M2442\ is 1B $ B. A switch holds to the next, or to the end of the segment.
//
// Between the switches a byte may look like a delimiter and be half of a character: a message is converted before it is divided.
class CodeSwitching {
 public:
  // Whether text may switch: an escape byte, or an escape sequence \C…\ or \M…\ (`escape` is 0 where there is none).
  static bool may_switch(std::string_view text, char escape);

  // Appends the text as UTF-8; what is no character as undecodable. A switch to a set that is not known is undecodable, too, but where the
  // upper half is UTF-8: there 1B is left as it is, for text may hold a printer's commands.
  void append_utf8(std::string_view text, char escape, const UpperHalf& upper, std::string& out);

 private:
  struct Switch {
    std::size_t length = 0;  // of what says it
    bool to_upper = false;
    std::shared_ptr<const GraphicSet> set;  // null: ASCII
  };
  std::optional<Switch> switch_at(std::string_view text, char escape);
  std::optional<Switch> meaning(std::string_view designation);
  const std::shared_ptr<const GraphicSet>& set_of(std::string_view icu_name, std::string_view prefix, bool has_pairs);

  std::map<std::string, std::shared_ptr<const GraphicSet>, std::less<>> sets_;  // as they are needed
};

}  // namespace lakeflow::hl7v2
