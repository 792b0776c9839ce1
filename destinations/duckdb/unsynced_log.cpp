#include "destinations/duckdb/unsynced_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "destinations/files/durable_file.h"

namespace lakeflow {
namespace {

// A log begins with an entry that names its layout: this is the one whose entries are a length and a checksum of 64 bits, then their bytes.
// DuckDB's serializer ends each entry with 0xffff: a log whose last byte is zero ends with none.
constexpr std::string_view kLayout("\x64\x00\x62\x65\x00\x02\xff\xff", 8);
constexpr std::int64_t kEntryHead = 16;
constexpr std::size_t kPiece = 65'536;

class Log {
 public:
  explicit Log(const std::string& path) : descriptor_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    struct stat found{};
    if (descriptor_ >= 0 && ::fstat(descriptor_, &found) == 0) size_ = found.st_size;
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  std::int64_t size() const { return size_; }

  template <typename Bytes>
  bool read(std::int64_t place, Bytes& bytes) const {
    return ::pread(descriptor_, bytes.data(), bytes.size(), place) == static_cast<ssize_t>(bytes.size());
  }

  bool is_zero_from(std::int64_t place) const {
    std::vector<char> piece;
    for (; place < size_; place += static_cast<std::int64_t>(piece.size())) {
      piece.resize(std::min(kPiece, static_cast<std::size_t>(size_ - place)));
      if (!read(place, piece) || !std::ranges::all_of(piece, [](char byte) { return byte == 0; })) return false;
    }
    return true;
  }

  // Where the last whole entry ends; nothing where the layout is another.
  std::optional<std::int64_t> end_of_entries() const {
    std::array<char, kLayout.size()> layout{};
    if (!read(0, layout)) return std::nullopt;
    if (is_zero_from(0)) return 0;
    if (std::string_view(layout.data(), layout.size()) != kLayout) return std::nullopt;
    std::int64_t place = kLayout.size();
    while (place + kEntryHead <= size_) {
      std::array<char, sizeof(std::uint64_t)> head{};
      if (!read(place, head)) return std::nullopt;
      const auto length = std::bit_cast<std::uint64_t>(head);
      if (length == 0 || length > static_cast<std::uint64_t>(size_ - place - kEntryHead)) break;
      place += kEntryHead + static_cast<std::int64_t>(length);
    }
    return place;
  }

  bool cut(std::int64_t size) const { return ::ftruncate(descriptor_, size) == 0 && ::fsync(descriptor_) == 0; }

 private:
  int descriptor_;
  std::int64_t size_ = 0;
};

}  // namespace

Status cut_unsynced_end(const std::string& log_path) {
  const Log log(log_path);
  if (log.size() == 0 || !log.is_zero_from(log.size() - 1)) return {};
  const std::optional<std::int64_t> end = log.end_of_entries();
  if (!end || *end == log.size() || !log.is_zero_from(*end)) return {};
  if (!log.cut(*end)) return std::unexpected(file_failure(log_path, "cutting off what was never synced of", errno));
  return {};
}

}  // namespace lakeflow
