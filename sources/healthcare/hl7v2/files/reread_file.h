#pragma once

#include <string>
#include <string_view>

#include "sources/healthcare/hl7v2/files/known_files.h"
#include "sources/interface/read_again.h"

namespace lakeflow::hl7v2 {

// As ReadAgainByHand has it, for a file, which is named by its path, with or without the root before it and its number (#2) behind it. It is read as
// another file of its name, so that no key of its rows is one of the old rows'. A user error where the offset is of an older version: a run mends
// that.
Result<ReadAgain> reread_file(std::string_view name, const std::string& root, const Offset& offset, const StateLookup& state);

// The offset of a state with this digest.
Offset files_offset(const StateDigest& digest);
// Nothing where the offset is none of these.
std::optional<StateDigest> parse_files_offset(const Offset& offset);

}  // namespace lakeflow::hl7v2
