#include "libs/packed_files/archive_handle.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

}  // namespace

ArchiveHandle::ArchiveHandle(FileReader& file, Packing packing, Zip zip)
    : file_(file), block_(kBlockBytes), handle_(archive_read_new(), archive_read_free) {
  archive* const handle = handle_.get();
  if (packing == Packing::kTar) {
    archive_read_support_format_tar(handle);
  } else if (zip == Zip::kByDirectory) {
    archive_read_support_format_zip_seekable(handle);
  } else {
    archive_read_support_format_zip_streamable(handle);
  }
  archive_read_set_callback_data(handle, this);
  archive_read_set_read_callback(handle, take_block);
  archive_read_set_skip_callback(handle, skip_bytes);
  if (!file.is_packed()) {
    archive_read_set_seek_callback(handle, seek_to);
  }
}

ArchiveHandle::~ArchiveHandle() = default;

la_ssize_t ArchiveHandle::take_block(archive* handle, void* self, const void** block) {
  auto& that = *static_cast<ArchiveHandle*>(self);
  const Result<std::size_t> count = that.file_.read(that.position_, that.block_);
  if (!count) {
    that.error_ = count.error();
    archive_set_error(handle, EIO, "the file could not be read");
    return ARCHIVE_FATAL;
  }
  that.position_ += *count;
  that.taken_ += *count;
  *block = that.block_.data();
  return static_cast<la_ssize_t>(*count);
}

la_int64_t ArchiveHandle::skip_bytes(archive*, void* self, la_int64_t count) {
  auto& that = *static_cast<ArchiveHandle*>(self);
  // Past the end of a file that is cut: the next block is an empty one.
  that.position_ += static_cast<std::uint64_t>(count);
  return count;
}

la_int64_t ArchiveHandle::seek_to(archive* handle, void* self, la_int64_t offset, int whence) {
  auto& that = *static_cast<ArchiveHandle*>(self);
  const std::int64_t base = whence == SEEK_SET ? 0 : static_cast<std::int64_t>(whence == SEEK_CUR ? that.position_ : that.size_);
  if (base + offset < 0) {
    archive_set_error(handle, EINVAL, "a place before the beginning of the file");
    return ARCHIVE_FATAL;
  }
  that.position_ = static_cast<std::uint64_t>(base + offset);
  return base + offset;
}

Result<bool> ArchiveHandle::judge(int outcome) {
  if (error_) {
    return std::unexpected(*error_);
  }
  if (outcome == ARCHIVE_OK || outcome == ARCHIVE_WARN || outcome == ARCHIVE_EOF) {
    return true;
  }
  if (const auto inner = file_.damage()) {
    problem_ = inner;
    return false;
  }
  // libarchive's texts name the format and what is wrong with it; some of them quote a member's name, which is no data of a patient's, but may be
  // long.
  const char* const text = archive_error_string(handle_.get());
  const std::string detail = fmt::format("{:.200}", text != nullptr ? text : "no reason was given");
  problem_ = Damage{detail.starts_with("Truncated") ? "truncated_file" : "damaged_file",
                    fmt::format("its archive cannot be read at about byte {}: {}", position_, detail)};
  return false;
}

Result<archive_entry*> ArchiveHandle::next() {
  if (problem_) {
    return nullptr;
  }
  if (!is_open_) {
    is_open_ = true;
    LAKEFLOW_ASSIGN(const FileIdentity identity, file_.identity());
    size_ = identity.size;
    LAKEFLOW_ASSIGN(const bool is_well, judge(archive_read_open1(handle_.get())));
    if (!is_well) {
      return nullptr;
    }
  }
  archive_entry* entry = nullptr;
  data_ = {};
  data_at_ = given_out_ = 0;
  const int outcome = archive_read_next_header(handle_.get(), &entry);
  LAKEFLOW_ASSIGN(const bool is_well, judge(outcome));
  if (is_well && outcome == ARCHIVE_EOF) {
    // What is packed in a file that was cut may end where a member does.
    problem_ = file_.damage();
  }
  return is_well && outcome != ARCHIVE_EOF ? entry : nullptr;
}

Result<bool> ArchiveHandle::take_data() {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int outcome = archive_read_data_block(handle_.get(), &data, &size, &offset);
  // Of data a warning says that its checksum or its length is not what the archive says of it.
  LAKEFLOW_ASSIGN(const bool is_well, judge(outcome == ARCHIVE_WARN ? ARCHIVE_FAILED : outcome));
  if (outcome != ARCHIVE_WARN && (!is_well || outcome == ARCHIVE_EOF)) {
    return false;
  }
  data_ = std::span(static_cast<const char*>(data), size);
  data_at_ = std::max(given_out_, static_cast<std::uint64_t>(offset));
  return true;
}

Result<std::size_t> ArchiveHandle::read(std::span<char> buffer) {
  std::span<char> left = buffer;
  while (!left.empty()) {
    if (data_.empty() && problem_) {
      break;
    }
    if (data_.empty()) {
      LAKEFLOW_ASSIGN(const bool has_more, take_data());
      if (!has_more) {
        break;
      }
    }
    const auto hole = static_cast<std::size_t>(std::min<std::uint64_t>(data_at_ - given_out_, left.size()));
    std::ranges::fill(left.first(hole), '\0');
    left = left.subspan(hole);
    const std::size_t count = std::min(data_.size(), left.size());
    std::ranges::copy(data_.first(count), left.begin());
    left = left.subspan(count);
    data_ = data_.subspan(count);
    data_at_ += count;
    given_out_ += hole + count;
  }
  return buffer.size() - left.size();
}

}  // namespace lakeflow
