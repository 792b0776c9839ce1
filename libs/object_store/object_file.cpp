#include "libs/object_store/object_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <xxhash.h>

#include "base/clock.h"
#include "libs/object_store/object_error.h"

namespace lakeflow {
namespace {

constexpr std::uint64_t kBlockBytes = 4U << 20U;

std::uint64_t hashed(std::string_view text) {
  const std::uint64_t hash = XXH3_64bits(text.data(), text.size());
  return hash == 0 ? 1 : hash;
}

}  // namespace

std::string ObjectFile::shown() const {
  return options_->root + name_.substr(options_->container.size() + (options_->prefix.empty() ? 0 : options_->prefix.size() + 1));
}

Result<bool> ObjectFile::look(std::shared_ptr<arrow::io::RandomAccessFile>& file, FileIdentity& identity) const {
  const auto opened = file_system_->OpenInputFile(name_);
  const auto info = file_system_->GetFileInfo(name_);
  if (info.ok() && info->type() != arrow::fs::FileType::File) {
    return false;
  }
  const arrow::Status& status = opened.ok() ? info.status() : opened.status();
  if (!status.ok()) {
    return std::unexpected(object_error("read " + shown(), status, *options_));
  }
  const auto metadata = (*opened)->ReadMetadata();
  if (!metadata.ok()) {
    return std::unexpected(object_error("read " + shown(), metadata.status(), *options_));
  }
  file = *opened;
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  identity = {.size = static_cast<std::uint64_t>(info->size()),
              .modified_ns = std::chrono::duration_cast<std::chrono::seconds>(info->mtime().time_since_epoch()).count() * kNanosPerSecond};
  for (const char* const name : {"ETag", "etag", "generation"}) {
    if (*metadata != nullptr && (*metadata)->Contains(name)) {
      identity.version = hashed((*metadata)->Get(name).ValueOr(""));
      break;
    }
  }
  return true;
}

Result<std::unique_ptr<ObjectFile>> ObjectFile::open(std::shared_ptr<arrow::fs::FileSystem> file_system,
                                                     std::shared_ptr<const ObjectStoreOptions> options, std::string name) {
  std::unique_ptr<ObjectFile> file(new ObjectFile(std::move(file_system), std::move(options), std::move(name)));
  LAKEFLOW_ASSIGN(const bool is_there, file->look(file->file_, file->identity_));
  return is_there ? std::move(file) : nullptr;
}

Result<FileIdentity> ObjectFile::identity() {
  if (was_read_) {
    std::shared_ptr<arrow::io::RandomAccessFile> again;
    FileIdentity now;
    LAKEFLOW_ASSIGN(const bool is_there, look(again, now));
    if (!is_there) {
      return FileIdentity{.version = 1};
    }
    was_read_ = false;
    return now;
  }
  return identity_;
}

ObjectFile::Block ObjectFile::fetch(std::uint64_t position) const {
  const std::uint64_t count = std::min(kBlockBytes, identity_.size - position);
  return {position, file_->ReadAsync(file_system_->io_context(), static_cast<std::int64_t>(position), static_cast<std::int64_t>(count))};
}

Result<std::shared_ptr<arrow::Buffer>> ObjectFile::block_at(std::uint64_t position) {
  const std::uint64_t start = position / kBlockBytes * kBlockBytes;
  if (!current_ || current_->position != start) {
    current_ = ahead_ && ahead_->position == start ? std::move(ahead_) : std::optional(fetch(start));
    ahead_.reset();
    if (start + kBlockBytes < identity_.size) {
      ahead_ = fetch(start + kBlockBytes);
    }
    was_read_ = true;
  }
  const arrow::Result<std::shared_ptr<arrow::Buffer>>& content = current_->content.result();
  if (!content.ok()) {
    return std::unexpected(object_error("read " + shown(), content.status(), *options_));
  }
  if (static_cast<std::uint64_t>((*content)->size()) != std::min(kBlockBytes, identity_.size - start)) {
    return std::unexpected(Error::source(
        fmt::format("cannot read {}: the service gave {} bytes at byte {}, and more were asked for", shown(), (*content)->size(), start),
        "the object may have been replaced meanwhile, or the service is broken for now: run it again"));
  }
  return *content;
}

Result<std::size_t> ObjectFile::read(std::uint64_t position, std::span<char> buffer) {
  std::size_t done = 0;
  while (done < buffer.size() && position + done < identity_.size) {
    LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::Buffer> block, block_at(position + done));
    const auto offset = static_cast<std::size_t>((position + done) % kBlockBytes);
    const std::size_t count = std::min(buffer.size() - done, static_cast<std::size_t>(block->size()) - offset);
    std::memcpy(buffer.data() + done, block->data() + offset, count);
    done += count;
  }
  return done;
}

}  // namespace lakeflow
