#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// Whether the bytes hold the text as a word of its own: between what is neither letter nor digit of ASCII, in any case of ASCII.
bool holds_word(std::string_view bytes, std::string_view text);

// How many records in a folder of dead letters (engine/ingest/dead_letters.h) hold one of the texts. 0 where there is no folder.
Result<std::uint64_t> count_dead_letters(const std::filesystem::path& folder, std::span<const std::string> texts);

// Takes those records away, and writes the index anew without their lines, for its owner alone; durable when it returns, and the index whole at
// any instant. No run is under way.
Status erase_dead_letters(const std::filesystem::path& folder, std::span<const std::string> texts);

}  // namespace lakeflow
