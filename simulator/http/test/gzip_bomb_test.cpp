#include "simulator/http/gzip_bomb.h"

#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace lakeflow {
namespace {

TEST(GzipBomb, IsAValidGzipMemberOfTheSize) {
  std::string bomb = gzip_bomb(3);
  std::vector<char> out(std::size_t{4} << 20U);
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(bomb.data());
  stream.avail_in = static_cast<uInt>(bomb.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END) << "checksum and size hold";
  EXPECT_EQ(stream.total_out, 3U << 20U);
  inflateEnd(&stream);
  EXPECT_LT(bomb.size(), 5000U);
}

}  // namespace
}  // namespace lakeflow
