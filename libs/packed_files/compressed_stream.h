#pragma once

#include <memory>

#include "libs/packed_files/byte_stream.h"
#include "libs/packed_files/unpack_limits.h"

namespace lakeflow {

// The content of a file that is compressed as a whole. Several gzip members or zstd frames, one after the other, are one content, as
// `cat a.gz b.gz` makes them; zeros after the last are padding. What can be decompressed before a damage is given out.
std::unique_ptr<ByteStream> gzip_stream(std::unique_ptr<FileReader> file, UnpackLimits limits);
std::unique_ptr<ByteStream> zstd_stream(std::unique_ptr<FileReader> file, UnpackLimits limits);

}  // namespace lakeflow
