#pragma once

#include <cstddef>
#include <string>

namespace lakeflow {

// A valid gzip member (RFC 1952) of blanks, that grows about a thousand times when it is decompressed.
std::string gzip_bomb(std::size_t megabytes);

}  // namespace lakeflow
