#include "destinations/duckdb/saved_blocks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "destinations/files/durable_file.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

// What a DuckDB file begins with: a header that stays, and two that checkpoints write in turn. The valid one with the higher iteration holds.
constexpr std::int64_t kHeaderBytes = 4096;
constexpr std::int64_t kFirstBlock = 3 * kHeaderBytes;
constexpr std::size_t kIterationAt = 8;
constexpr std::size_t kBlockBytesAt = 40;
constexpr std::uint64_t kLargestBlock = 1U << 20U;

constexpr std::string_view kMark = "lakeflow saved blocks 1\n";

std::uint64_t word_at(std::string_view bytes, std::size_t place) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + place, sizeof word);
  return word;
}

// DuckDB's: the words, each multiplied by a constant, and all of them xored.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum = 5381;
  for (std::size_t place = 0; place + sizeof sum <= bytes.size(); place += sizeof sum) sum ^= word_at(bytes, place) * 0xbf58476d1ce4e5b9U;
  return sum;
}

// Headers and blocks begin with the checksum of what follows.
bool is_valid(std::string_view bytes) {
  return bytes.size() > sizeof(std::uint64_t) && word_at(bytes, 0) == checksum(bytes.substr(sizeof(std::uint64_t)));
}

std::string as_bytes(std::uint64_t word) {
  std::string bytes(sizeof word, '\0');
  std::memcpy(bytes.data(), &word, sizeof word);
  return bytes;
}

class DatabaseBytes {
 public:
  DatabaseBytes(const std::string& path, int flags) : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  DatabaseBytes(const DatabaseBytes&) = delete;
  DatabaseBytes& operator=(const DatabaseBytes&) = delete;
  ~DatabaseBytes() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0; }

  // Shorter at the file's end, or where it can't be read.
  std::string read(std::int64_t place, std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::pread(descriptor_, bytes.data() + done, size - done, static_cast<off_t>(place) + static_cast<off_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Status write(std::int64_t place, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(place));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return std::unexpected(file_failure(path_, "mending", errno));
      bytes.remove_prefix(static_cast<std::size_t>(written));
      place += written;
    }
    return {};
  }

  Status sync() const {
    if (::fsync(descriptor_) != 0) return std::unexpected(file_failure(path_, "mending", errno));
    return {};
  }

 private:
  const std::string path_;
  const int descriptor_;
};

// The header that holds, if any can be read.
std::optional<std::string> valid_header(const DatabaseBytes& file) {
  std::optional<std::string> best;
  for (const std::int64_t place : {kHeaderBytes, 2 * kHeaderBytes}) {
    std::string header = file.read(place, kHeaderBytes);
    if (is_valid(header) && (!best || word_at(header, kIterationAt) >= word_at(*best, kIterationAt))) best = std::move(header);
  }
  return best;
}

std::int64_t place_of(std::int64_t block, std::uint64_t block_bytes) { return kFirstBlock + block * static_cast<std::int64_t>(block_bytes); }

// What is in the file beside the database: a mark, the header, numbers and bytes of blocks, a checksum of all that.
struct SavedBlocks {
  std::string header;
  std::map<std::int64_t, std::string> blocks;

  std::uint64_t block_bytes() const { return word_at(header, kBlockBytesAt); }

  std::string bytes() const {
    std::string all = std::string(kMark) + header;
    for (const auto& [number, block] : blocks) all += as_bytes(static_cast<std::uint64_t>(number)) + block;
    return all + as_bytes(checksum(all));
  }

  // Nothing where the file is not there, or was not written to its end: then no checkpoint had begun.
  static std::optional<SavedBlocks> read(const std::string& path) {
    std::error_code none;
    if (!fs::exists(path, none)) return std::nullopt;
    const Result<std::string> whole = read_whole(path);
    if (!whole || whole->size() < kMark.size() + kHeaderBytes + sizeof(std::uint64_t) || !whole->starts_with(kMark)) return std::nullopt;
    std::string_view rest = *whole;
    const std::uint64_t sum = word_at(rest, rest.size() - sizeof sum);
    rest.remove_suffix(sizeof sum);
    if (sum != checksum(rest)) return std::nullopt;
    rest.remove_prefix(kMark.size());
    SavedBlocks saved{.header = std::string(rest.substr(0, kHeaderBytes)), .blocks = {}};
    rest.remove_prefix(kHeaderBytes);
    const std::size_t entry = sizeof(std::uint64_t) + saved.block_bytes();
    for (; rest.size() >= entry; rest.remove_prefix(entry)) {
      saved.blocks[static_cast<std::int64_t>(word_at(rest, 0))] = std::string(rest.substr(sizeof(std::uint64_t), saved.block_bytes()));
    }
    return saved;
  }
};

std::string saved_path(const std::string& database) { return database + ".checkpoint"; }
std::string draft_path(const std::string& database) { return saved_path(database) + ".new"; }

// What is to be written where, so that the file can be read as of the saved header.
std::map<std::int64_t, std::string_view> repairs(const DatabaseBytes& file, const SavedBlocks& saved) {
  std::map<std::int64_t, std::string_view> repairs;
  const std::optional<std::string> header = valid_header(file);
  if (!header || *header != saved.header) return repairs;  // the checkpoint came to its end, or this is another file
  for (const std::int64_t place : {kHeaderBytes, 2 * kHeaderBytes}) {
    if (!is_valid(file.read(place, kHeaderBytes))) repairs[place] = saved.header;
  }
  for (const auto& [number, block] : saved.blocks) {
    const std::int64_t place = place_of(number, saved.block_bytes());
    if (is_valid(block) && !is_valid(file.read(place, block.size()))) repairs[place] = block;
  }
  return repairs;
}

}  // namespace

Status save_blocks(const std::string& database, std::span<const std::int64_t> blocks) {
  const DatabaseBytes file(database, O_RDONLY);
  std::optional<std::string> header = file.is_open() ? valid_header(file) : std::nullopt;
  if (!header || word_at(*header, kBlockBytesAt) > kLargestBlock) return {};  // DuckDB will say what ails it
  SavedBlocks saved{.header = *std::move(header), .blocks = {}};
  // What an unfinished checkpoint has written over since is to be had from there alone.
  if (std::optional<SavedBlocks> before = SavedBlocks::read(saved_path(database)); before && before->header == saved.header) {
    saved.blocks = std::move(before->blocks);
  }
  for (const std::int64_t number : blocks) {
    if (saved.blocks.contains(number)) continue;
    std::string block = file.read(place_of(number, saved.block_bytes()), saved.block_bytes());
    if (is_valid(block)) saved.blocks[number] = std::move(block);  // else it holds nothing of the last checkpoint
  }
  if (saved.blocks.empty()) return {};
  LAKEFLOW_TRY(write_synced(draft_path(database), saved.bytes()));
  if (std::rename(draft_path(database).c_str(), saved_path(database).c_str()) != 0) {
    return std::unexpected(file_failure(saved_path(database), "naming", errno));
  }
  return sync_folder(fs::path(database).parent_path());
}

void forget_saved_blocks(const std::string& database) {
  ::unlink(saved_path(database).c_str());
  ::unlink(draft_path(database).c_str());
}

Status mend_blocks(const std::string& database) {
  if (const std::optional<SavedBlocks> saved = SavedBlocks::read(saved_path(database))) {
    const DatabaseBytes file(database, O_RDWR);
    if (file.is_open()) {
      const std::map<std::int64_t, std::string_view> missing = repairs(file, *saved);
      for (const auto& [place, bytes] : missing) LAKEFLOW_TRY(file.write(place, bytes));
      if (!missing.empty()) LAKEFLOW_TRY(file.sync());
    }
  }
  std::error_code ignored;
  if (fs::exists(saved_path(database), ignored) || fs::exists(draft_path(database), ignored)) forget_saved_blocks(database);
  return {};
}

bool needs_mending(const std::string& database) {
  const std::optional<SavedBlocks> saved = SavedBlocks::read(saved_path(database));
  if (!saved) return false;
  const DatabaseBytes file(database, O_RDONLY);
  return file.is_open() && !repairs(file, *saved).empty();
}

}  // namespace lakeflow
