#pragma once

#include <string>
#include <string_view>

#include "libs/hl7v2/delimiters.h"

namespace lakeflow::hl7v2 {

class CharacterSet;

// Replaces the escape sequences of one value (HL7 v2.8.2 §2.7), once, from left to right: what a sequence gives is never
// looked at again. The value must be a piece that no delimiter divides any more.
//
//   \F\ \S\ \R\ \E\ \T\ \P\   the delimiter of that role, where the message has one
//   \X0D0A\                   those bytes, read in the character set of the message
//   \.br\ \.sp\ \.sp3\        line feeds; \.sk3\ spaces
//   \H\ \N\                   highlighting on and off: nothing
//
// Everything else, and an escape character without a partner, stays as it was. Appends to `out`.
void unescape(std::string_view value, const Delimiters& delimiters, CharacterSet& character_set, std::string& out);

}  // namespace lakeflow::hl7v2
