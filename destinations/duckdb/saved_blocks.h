#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"

namespace lakeflow {

// Blocks of a DuckDB file that a checkpoint writes over, kept beside the file until it is done.
//
// DuckDB's blocks of metadata are made of 64 parts, and a checkpoint puts new parts into blocks that hold parts of the last checkpoint, too: it
// writes such a block anew, as a whole and in its place. A process that is killed within that write, or a power cut, leaves a block that is
// neither the old one nor the new one. The header still names the last checkpoint, whose parts can't be read any more: the file does not open.
//
// So the old bytes are made durable first, in `<file>.checkpoint`, together with the header that needs them. The next opening puts back what
// can't be read; the log, which is removed last, has all that came after. Nothing is put back into a file whose header is another, nor over a
// block that can be read.

// Saves the blocks, named by their numbers, of the file as it stands. What an unfinished checkpoint of the same header saved is kept.
Status save_blocks(const std::string& database, std::span<const std::int64_t> blocks);
// The checkpoint is done.
void forget_saved_blocks(const std::string& database);

// Puts back what an unfinished checkpoint left unreadable. Nobody may have the file open.
Status mend_blocks(const std::string& database);
// Whether that is to be done before the file can be read.
bool needs_mending(const std::string& database);

}  // namespace lakeflow
