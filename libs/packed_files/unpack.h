#pragma once

#include <memory>

#include "libs/files/file_reader.h"
#include "libs/packed_files/archive.h"
#include "libs/packed_files/unpack_limits.h"

namespace lakeflow {

// What is in a file: one text, or the members of an archive. One of the two is null.
struct Unpacked {
  std::unique_ptr<FileReader> text;
  std::unique_ptr<Archive> archive;
};

enum class Archives { kOpen, kRefuse };

// Looks at how the file's content is packed, and opens what is in it. A plain file is given back as it is. What can't be unpacked is a text
// without bytes whose damage() says why: "unknown_packing", or "nested_archive" for an archive where archives are refused.
Result<Unpacked> unpack(std::unique_ptr<FileReader> file, Archives archives, UnpackLimits limits);

}  // namespace lakeflow
