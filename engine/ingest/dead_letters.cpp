#include "engine/ingest/dead_letters.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/json_text.h"

namespace lakeflow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLengthState = "dead_letters";  // "<inode> <length>"
constexpr std::string_view kFileMember = R"("file":"records/)";
// Above this one sync of the whole file system is cheaper than one of each file.
constexpr std::size_t kMostSyncedFiles = 256;

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_json_string(out, name);
  out.push_back(':');
  append_json_string(out, value);
  out.push_back(',');
}

// The ending of the file that a record came from, where it has one.
std::string ending_of(const QuarantinedRecord& record) {
  constexpr std::size_t kLongest = 6;
  const std::string name = fs::path(record.origin).extension().string();
  const auto is_plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  if (name.size() > 1 && name.size() <= kLongest && std::all_of(name.begin() + 1, name.end(), is_plain)) {
    return name;
  }
  const std::size_t first = record.bytes.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (record.bytes[first] == '{' || record.bytes[first] == '[') ? ".json" : ".bin";
}

std::string to_line(const QuarantinedRecord& record, const std::string& file, const std::string& run_id, const std::string& pipeline) {
  std::string line = "{";
  append_member(line, "at", format_utc(now_micros()));
  append_member(line, "run_id", run_id);
  append_member(line, "pipeline", pipeline);
  append_member(line, "source_table", record.source_table);
  append_member(line, "destination_table", record.destination_table);
  append_member(line, "reason", record.reason);
  append_member(line, "detail", record.detail);
  append_member(line, "origin", record.origin);
  line += fmt::format("\"position\":{},\"size\":{},\"id\":\"{}\",{}{}\"}}\n", record.position, record.bytes.size(), record.id, kFileMember, file);
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

bool holds(const fs::path& path, std::string_view bytes) {
  std::ifstream file(path, std::ios::binary);
  const std::string found((std::istreambuf_iterator<char>(file)), {});
  return file.good() && found == bytes;
}

bool sync_folder(const fs::path& folder) {
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) {
    ::close(directory);
  }
  return synced;
}

bool sync_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return errno == ENOENT;  // somebody took it: it is his
  }
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

}  // namespace

std::string dead_letter_file(std::string_view line) {
  // The last member of a line: what a text before it holds is escaped there.
  const std::size_t at = line.rfind(kFileMember);
  const std::size_t end = at == std::string_view::npos ? at : line.find('"', at + kFileMember.size());
  if (end == std::string_view::npos) {
    return {};
  }
  const std::string_view name = line.substr(at + kFileMember.size(), end - at - kFileMember.size());
  const auto belongs = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.'; };
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, belongs) ? fmt::format("{}/{}", DeadLetters::kRecords, name)
                                                                                    : std::string();
}

Result<DeadLetters> DeadLetters::open(const fs::path& folder, const std::string& run_id, const std::string& pipeline, Destination& destination) {
  DeadLetters letters(folder, run_id, pipeline);
  LAKEFLOW_TRY(letters.make_folders());
  LAKEFLOW_TRY(letters.open_index());
  LAKEFLOW_ASSIGN(const std::optional<std::string> state, destination.find_state(letters.owner(), kLengthState));
  // A shorter file is one that its owner emptied: what stands there is his.
  letters.committed_length_ = std::min(letters.length_, committed_length(state, letters.inode_).value_or(letters.length_));
  LAKEFLOW_TRY(letters.take_uncommitted_files());
  LAKEFLOW_TRY(letters.roll_back());
  return letters;
}

DeadLetters::DeadLetters(DeadLetters&& other) noexcept
    : folder_(std::move(other.folder_)),
      run_id_(std::move(other.run_id_)),
      pipeline_(std::move(other.pipeline_)),
      index_file_(std::exchange(other.index_file_, -1)),
      inode_(other.inode_),
      length_(other.length_),
      committed_length_(other.committed_length_),
      written_(std::move(other.written_)) {}

DeadLetters::~DeadLetters() {
  if (index_file_ >= 0) {
    ::close(index_file_);
  }
}

Status DeadLetters::make_folders() const {
  for (const fs::path& made : {folder_, folder_ / kRecords}) {
    if (::mkdir(made.c_str(), 0700) == 0) {
      // A new name is durable once its folder is.
      sync_folder(made.has_parent_path() ? made.parent_path() : fs::path("."));
      continue;
    }
    struct stat status = {};
    if (errno != EEXIST) {
      return std::unexpected(failure(made, "can't be made"));
    }
    if (::stat(made.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      return std::unexpected(Error::user(fmt::format("the dead letters' folder {} is no folder", made.string()),
                                         "set dead_letter_path to a folder: index.jsonl and the records are written into it"));
    }
  }
  return {};
}

Status DeadLetters::open_index() {
  index_file_ = ::open(index().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (index_file_ < 0) {
    return std::unexpected(failure(index(), "can't be opened"));
  }
  struct stat status = {};
  if (::fstat(index_file_, &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::unexpected(
        Error::user(fmt::format("the index of the dead letters {} is no regular file", index().string()), "set dead_letter_path to another folder"));
  }
  if (::fchmod(index_file_, 0600) != 0) {
    return std::unexpected(failure(index(), "can't be made private"));
  }
  sync_folder(folder_);
  inode_ = status.st_ino;
  length_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

// The files of lines that will be cut off, but for those that a line before them has, too.
Status DeadLetters::take_uncommitted_files() const {
  if (length_ == committed_length_) {
    return {};
  }
  std::ifstream lines(index(), std::ios::binary);
  std::set<std::string> kept;
  std::set<std::string> uncommitted;
  std::uint64_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    if (std::string file = dead_letter_file(line); !file.empty()) {
      (at < committed_length_ ? kept : uncommitted).insert(std::move(file));
    }
    at += line.size() + 1;
  }
  if (lines.bad()) {
    return std::unexpected(failure(index(), "can't be read"));
  }
  for (const std::string& file : uncommitted) {
    if (!kept.contains(file) && ::unlink((folder_ / file).c_str()) != 0 && errno != ENOENT) {
      return std::unexpected(failure(folder_ / file, "can't be removed"));
    }
  }
  return {};
}

Status DeadLetters::append(std::span<const QuarantinedRecord* const> records) {
  std::string lines;
  std::vector<std::string> names;
  for (const QuarantinedRecord* const record : records) {
    names.push_back(record->id + ending_of(*record));
    lines += to_line(*record, names.back(), run_id_, pipeline_);
  }
  // The lines first: so a process that dies leaves no file that no line tells of.
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = ::pwrite(index_file_, rest.data(), rest.size(), static_cast<off_t>(length_));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(disk_failure(index(), "can't be written"));
    }
    length_ += static_cast<std::uint64_t>(written);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    LAKEFLOW_TRY(write_record(names[i], records[i]->bytes));
  }
  return {};
}

Status DeadLetters::write_record(const std::string& name, std::string_view bytes) {
  const fs::path path = folder_ / kRecords / name;
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0 && errno == EEXIST) {
    // Of an entry that was dropped from quarantine and came again; or what a loss of power left of it.
    if (holds(path, bytes)) {
      return {};
    }
    ::unlink(path.c_str());
    file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  if (file < 0) {
    return std::unexpected(disk_failure(path, "can't be made"));
  }
  written_.push_back(name);
  bool written_whole = true;
  while (!bytes.empty() && written_whole) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    written_whole = written >= 0 || errno == EINTR;
  }
  Status outcome;
  if (!written_whole) {
    outcome = std::unexpected(disk_failure(path, "can't be written"));
  }
  if (::close(file) != 0 && outcome) {
    outcome = std::unexpected(disk_failure(path, "can't be written"));
  }
  return outcome;
}

Status DeadLetters::put_length(Transaction& transaction) {
  if (written_.size() > kMostSyncedFiles) {
    if (::syncfs(index_file_) != 0) {
      return std::unexpected(disk_failure(folder_, "can't be synced"));
    }
  } else {
    for (const std::string& name : written_) {
      if (!sync_file(folder_ / kRecords / name)) {
        return std::unexpected(disk_failure(folder_ / kRecords / name, "can't be synced"));
      }
    }
  }
  if ((!written_.empty() && !sync_folder(folder_ / kRecords)) || ::fsync(index_file_) != 0) {
    return std::unexpected(disk_failure(index(), "can't be synced"));
  }
  return transaction.put_state(owner(), kLengthState, fmt::format("{} {}", inode_, length_));
}

void DeadLetters::committed() {
  committed_length_ = length_;
  written_.clear();
}

Status DeadLetters::roll_back() {
  for (const std::string& name : std::exchange(written_, {})) {
    ::unlink((folder_ / kRecords / name).c_str());
  }
  if (length_ == committed_length_) {
    return {};
  }
  if (::ftruncate(index_file_, static_cast<off_t>(committed_length_)) != 0) {
    return std::unexpected(disk_failure(index(), "can't be cut"));
  }
  length_ = committed_length_;
  return {};
}

Error DeadLetters::disk_failure(const fs::path& path, const char* what) const {
  return Error::destination(fmt::format("of the dead letters {} {}: {}", path.string(), what, std::strerror(errno)),
                            "Make room on its disk, or set dead_letter_path to a folder on another, and run again: what was committed is safe");
}

Error DeadLetters::failure(const fs::path& path, const char* what) const {
  if (errno == ENOSPC || errno == EDQUOT || errno == EIO) {
    return disk_failure(path, what);
  }
  return Error::user(fmt::format("of the dead letters {} {}: {}", path.string(), what, std::strerror(errno)),
                     "set dead_letter_path to a folder that you may write");
}

}  // namespace lakeflow
