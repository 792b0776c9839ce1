#pragma once

#include <memory>
#include <vector>

#include "libs/files/file_reader.h"
#include "libs/packed_files/byte_stream.h"

namespace lakeflow {

// Reads a stream by position. Kept in memory: its first FileReader::kWholeFingerprint bytes, what the last read gave, and as much before
// that as a fingerprint needs. So whoever goes forward, and repeats no more than the end of his last read, never makes it begin again;
// else it does.
class StreamReader final : public FileReader {
 public:
  explicit StreamReader(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  Result<FileIdentity> identity() override { return stream_->identity(); }
  bool is_packed() const override { return true; }
  std::optional<Damage> damage() const override { return stream_->damage(); }
  Result<std::size_t> read(std::uint64_t position, std::span<char> buffer) override;

 private:
  // Reads bytes that follow the kept ones.
  Result<std::size_t> advance(std::span<char> buffer);
  std::uint64_t end() const { return start_ + kept_.size(); }

  const std::unique_ptr<ByteStream> stream_;
  std::vector<char> head_;   // the first bytes
  std::vector<char> kept_;   // the last ones
  std::uint64_t start_ = 0;  // where the kept ones begin
  bool has_ended_ = false;
};

}  // namespace lakeflow
