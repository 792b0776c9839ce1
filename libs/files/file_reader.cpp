#include "libs/files/file_reader.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <xxhash.h>

namespace lakeflow {

Result<std::string> FileReader::fingerprint(std::uint64_t length) {
  std::vector<char> bytes(static_cast<std::size_t>(std::min(length, kWholeFingerprint)));
  const std::span<char> all(bytes);
  const std::size_t head = bytes.size() - bytes.size() / 2;
  LAKEFLOW_ASSIGN(const std::size_t head_read, read(0, all.first(head)));
  LAKEFLOW_ASSIGN(const std::size_t tail_read, read(length - (bytes.size() - head), all.subspan(head)));
  // A file that is shorter than `length` gives something else than any that is not.
  const std::uint64_t hash = XXH3_64bits_withSeed(bytes.data(), bytes.size(), head_read + tail_read == bytes.size() ? 0 : 1);
  return fmt::format("{:016x}", hash);
}

}  // namespace lakeflow
