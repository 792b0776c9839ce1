#include "engine/ingest/dead_letters.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/json_text.h"

namespace lakeflow {
namespace {

constexpr std::string_view kLengthState = "dead_letters";  // "<inode> <length>"

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = (group << 8U) | (i + j < bytes.size() ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out.push_back(i + j <= bytes.size() ? kAlphabet[(group >> (18U - 6U * j)) & 63U] : '=');
    }
  }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_json_string(out, name);
  out.push_back(':');
  append_json_string(out, value);
  out.push_back(',');
}

std::string to_line(const QuarantinedRecord& record, const std::string& run_id, const std::string& pipeline) {
  std::string line = "{";
  append_member(line, "run_id", run_id);
  append_member(line, "pipeline", pipeline);
  append_member(line, "source_table", record.source_table);
  append_member(line, "destination_table", record.destination_table);
  append_member(line, "reason", record.reason);
  append_member(line, "detail", record.detail);
  append_member(line, "origin", record.origin);
  fmt::format_to(std::back_inserter(line), "\"position\":{},", record.position);
  if (simdjson::validate_utf8(record.bytes)) {
    line += "\"bytes\":";
    append_json_string(line, record.bytes);
  } else {
    line += "\"bytes_base64\":\"";
    append_base64(line, record.bytes);
    line.push_back('"');
  }
  line += "}\n";
  return line;
}

// The committed length of the file with this inode; nothing where the state is of another file or of none.
std::optional<std::uint64_t> committed_length(const std::optional<std::string>& state, std::uint64_t inode) {
  if (!state) {
    return std::nullopt;
  }
  std::uint64_t of_inode = 0;
  std::uint64_t length = 0;
  const char* end = state->data() + state->size();
  const auto [space, first_error] = std::from_chars(state->data(), end, of_inode);
  if (first_error != std::errc() || space == end || of_inode != inode) {
    return std::nullopt;
  }
  const auto [last, second_error] = std::from_chars(space + 1, end, length);
  return second_error == std::errc() && last == end ? std::optional(length) : std::nullopt;
}

}  // namespace

Result<DeadLetters> DeadLetters::open(const std::filesystem::path& path, const std::string& run_id, const std::string& pipeline,
                                      Destination& destination) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  DeadLetters letters(file, path, run_id, pipeline);
  if (file < 0) {
    return std::unexpected(letters.failure("can't be opened"));
  }
  struct stat status = {};
  if (::fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::unexpected(Error::user(fmt::format("the dead letter file {} is no regular file", path.string()), "set dead_letter_path to a file"));
  }
  if (::fchmod(file, 0600) != 0) {
    return std::unexpected(letters.failure("can't be made private"));
  }
  // A new name is durable once its directory is.
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  letters.inode_ = status.st_ino;
  letters.length_ = static_cast<std::uint64_t>(status.st_size);
  LAKEFLOW_ASSIGN(const std::optional<std::string> state, destination.find_state(letters.owner(), kLengthState));
  // A shorter file is one that its owner emptied: what stands there is his.
  letters.committed_length_ = std::min(letters.length_, committed_length(state, letters.inode_).value_or(letters.length_));
  LAKEFLOW_TRY(letters.roll_back());
  return letters;
}

DeadLetters::DeadLetters(DeadLetters&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      run_id_(std::move(other.run_id_)),
      pipeline_(std::move(other.pipeline_)),
      inode_(other.inode_),
      length_(other.length_),
      committed_length_(other.committed_length_) {}

DeadLetters::~DeadLetters() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

Status DeadLetters::append(std::span<const QuarantinedRecord> records) {
  std::string lines;
  for (const QuarantinedRecord& record : records) {
    lines += to_line(record, run_id_, pipeline_);
  }
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = ::pwrite(file_, rest.data(), rest.size(), static_cast<off_t>(length_));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(disk_failure("can't be written"));
    }
    length_ += static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status DeadLetters::put_length(Transaction& transaction) {
  if (::fsync(file_) != 0) {
    return std::unexpected(disk_failure("can't be synced"));
  }
  return transaction.put_state(owner(), kLengthState, fmt::format("{} {}", inode_, length_));
}

Status DeadLetters::roll_back() {
  if (length_ == committed_length_) {
    return {};
  }
  if (::ftruncate(file_, static_cast<off_t>(committed_length_)) != 0) {
    return std::unexpected(disk_failure("can't be cut"));
  }
  length_ = committed_length_;
  return {};
}

Error DeadLetters::disk_failure(const char* what) const {
  return Error::destination(fmt::format("the dead letter file {} {}: {}", path_.string(), what, std::strerror(errno)),
                            "Make room on its disk, or set dead_letter_path to a file on another, and run again: what was committed is safe");
}

Error DeadLetters::failure(const char* what) const {
  return Error::user(fmt::format("the dead letter file {} {}: {}", path_.string(), what, std::strerror(errno)),
                     "set dead_letter_path to a file that can be written");
}

}  // namespace lakeflow
