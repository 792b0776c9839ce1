#pragma once

#include <cstddef>
#include <cstdint>

#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

// Writes down where the values of tokens.text end, from byte `at` on, behind the `count` values that are there: the part of a tokenizer
// that is worth vector instructions. `segment` is the one that stands at `at`, begun before it.
void scan_tokens(std::size_t at, const MarkTable& table, char terminator, std::size_t count, SegmentTokens segment, MessageTokens& tokens);

}  // namespace lakeflow::hl7v2
