#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "libs/hl7v2/tokenizer.h"

namespace lakeflow::hl7v2 {

inline constexpr std::uint32_t kNoParent = std::numeric_limits<std::uint32_t>::max();

// Whether segments of that name may belong to another one.
bool has_parents(std::string_view segment);

// Of each segment of the message the index of the one that it belongs to, or kNoParent.
void find_parents(const MessageTokens& tokens, std::vector<std::uint32_t>& parents);

}  // namespace lakeflow::hl7v2
