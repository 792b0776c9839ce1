#include "simulator/http/gzip_bomb.h"

#include <cstdint>

#include <zlib.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20U;

void append_little_endian(std::string& out, std::uint32_t number) {
  for (int byte = 0; byte < 4; ++byte) {
    out += static_cast<char>(number >> (8 * byte) & 0xFFU);
  }
}

// A megabyte of blanks as a whole number of bytes of a deflate stream, after which any other may stand.
std::string deflated_megabyte(const std::string& blanks) {
  std::string out(compressBound(blanks.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(blanks.data()));  // zlib reads it only
  stream.avail_in = static_cast<uInt>(blanks.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FULL_FLUSH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

// One block is compressed and stands there many times over: making a bomb costs the server no more than sending it.
std::string gzip_bomb(std::size_t megabytes) {
  const std::string blanks(kMegabyte, ' ');
  const std::string block = deflated_megabyte(blanks);
  const uLong block_checksum = crc32(0, reinterpret_cast<const Bytef*>(blanks.data()), static_cast<uInt>(blanks.size()));
  std::string bomb("\x1F\x8B\x08\0\0\0\0\0\0\xFF", 10);
  uLong checksum = 0;
  for (std::size_t i = 0; i < megabytes; ++i) {
    bomb += block;
    checksum = crc32_combine(checksum, block_checksum, static_cast<z_off_t>(kMegabyte));
  }
  bomb += std::string("\x03\0", 2);  // an empty last block
  append_little_endian(bomb, static_cast<std::uint32_t>(checksum));
  append_little_endian(bomb, static_cast<std::uint32_t>(megabytes * kMegabyte));
  return bomb;
}

}  // namespace lakeflow
