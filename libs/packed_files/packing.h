#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace lakeflow {

// How a file's content is packed, judged by its first bytes: a name may lie.
enum class Packing {
  kPlain,    // not at all, as far as is known here
  kGzip,     // RFC 1952
  kZstd,     // RFC 8878
  kZip,      // an archive; its members are compressed one by one
  kTar,      // an archive (ustar, pax, GNU, V7), not compressed
  kUnknown,  // bzip2, xz, lz4, 7z, rar: compressed in a way that is not read here
};

// So many bytes tell; fewer where the file has no more.
inline constexpr std::size_t kPackingBytes = 512;

Packing find_packing(std::span<const char> first_bytes);

// "gzip", "zstd", "zip", "tar"; of what is unknown its own name.
std::string_view packing_name(std::span<const char> first_bytes);

}  // namespace lakeflow
