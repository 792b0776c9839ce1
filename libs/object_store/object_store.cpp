#include "libs/object_store/object_store.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include <arrow/filesystem/filesystem.h>
#include <arrow/util/future.h>
#include <fmt/format.h>

#include "libs/object_store/object_error.h"
#include "libs/object_store/object_file.h"
#include "libs/object_store/object_file_system.h"

namespace lakeflow {
namespace {

constexpr std::chrono::milliseconds kBetweenLooksAtTheStop{100};

// A listing, page by page. Some of Arrow's file systems list while they are asked to begin, and try again for long: so another thread asks, and
// is left alone with what it needs where a stop comes first.
class Listing {
 public:
  Listing(std::shared_ptr<arrow::fs::FileSystem> files, arrow::fs::FileSelector selector)
      : asked_(std::make_shared<Asked>(std::move(files), std::move(selector))) {}

  // The next page; empty after the last. Nothing where a stop was asked for.
  std::optional<arrow::Result<arrow::fs::FileInfoVector>> next(const std::stop_token& stop) {
    std::packaged_task<arrow::Result<arrow::fs::FileInfoVector>()> task([asked = asked_] {
      if (!asked->pages) {
        asked->pages = asked->files->GetFileInfoGenerator(asked->selector);
      }
      return asked->pages().result();
    });
    std::future<arrow::Result<arrow::fs::FileInfoVector>> page = task.get_future();
    if (!stop.stop_requested()) {
      std::thread(std::move(task)).detach();
    }
    while (!stop.stop_requested()) {
      if (page.wait_for(kBetweenLooksAtTheStop) == std::future_status::ready) {
        return page.get();
      }
    }
    return std::nullopt;
  }

 private:
  struct Asked {
    Asked(std::shared_ptr<arrow::fs::FileSystem> from, arrow::fs::FileSelector wanted) : files(std::move(from)), selector(std::move(wanted)) {}
    const std::shared_ptr<arrow::fs::FileSystem> files;
    const arrow::fs::FileSelector selector;
    arrow::fs::FileInfoGenerator pages;
  };
  const std::shared_ptr<Asked> asked_;
};

}  // namespace

ObjectStore::ObjectStore(ObjectStoreOptions options)
    : options_(std::make_shared<const ObjectStoreOptions>(std::move(options))),
      base_(options_->prefix.empty() ? options_->container : options_->container + "/" + options_->prefix) {}

Result<std::shared_ptr<const ObjectStore>> ObjectStore::make(ObjectStoreOptions options, bool allow_http) {
  LAKEFLOW_TRY(check_object_store(options, allow_http));
  return std::shared_ptr<const ObjectStore>(new ObjectStore(std::move(options)));
}

Result<std::shared_ptr<arrow::fs::FileSystem>> ObjectStore::file_system() const {
  const std::scoped_lock lock(mutex_);
  if (file_system_ == nullptr) {
    LAKEFLOW_ASSIGN(file_system_, make_object_file_system(*options_));
  }
  return file_system_;
}

Status ObjectStore::check_container(arrow::fs::FileSystem& files) const {
  const auto info = files.GetFileInfo(options_->container);
  if (!info.ok()) {
    return std::unexpected(object_error("look for " + options_->container, info.status(), *options_));
  }
  if (info->type() == arrow::fs::FileType::NotFound) {
    return std::unexpected(Error::user(fmt::format("there is no {} {}, or it may not be listed",
                                                   options_->kind == ObjectStoreKind::kAzure ? "container" : "bucket", options_->container),
                                       "check storage_path, storage_endpoint and the credentials"));
  }
  return {};
}

Result<std::vector<FoundFile>> ObjectStore::list(const FileQuery& wanted, const std::stop_token& stop) const {
  LAKEFLOW_ASSIGN(const std::shared_ptr<arrow::fs::FileSystem> files, file_system());
  arrow::fs::FileSelector selector;
  selector.base_dir = base_;
  selector.recursive = wanted.recursive;
  selector.allow_not_found = true;
  Listing listing(files, selector);
  std::vector<FoundFile> found;
  bool is_empty = true;
  while (true) {
    const auto page = listing.next(stop);
    if (!page) {
      return std::unexpected(Error::interrupted("the listing of " + root() + " was stopped"));
    }
    if (!page->ok()) {
      return std::unexpected(object_error("list " + root(), page->status(), *options_));
    }
    if ((*page)->empty()) {
      break;
    }
    is_empty = false;
    for (const arrow::fs::FileInfo& info : **page) {
      add(info, wanted, found);
    }
  }
  if (is_empty) {
    LAKEFLOW_TRY(check_container(*files));
  }
  std::ranges::sort(found, {}, &FoundFile::path);
  return found;
}

void ObjectStore::add(const arrow::fs::FileInfo& info, const FileQuery& wanted, std::vector<FoundFile>& found) const {
  const std::string path = info.path().substr(std::min(info.path().size(), base_.size() + 1));
  if (info.type() != arrow::fs::FileType::File || path.empty() || !matches(wanted, path)) {
    return;
  }
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(info.mtime().time_since_epoch()).count();
  found.push_back({path, {.size = static_cast<std::uint64_t>(info.size()), .modified_ns = seconds * kNanosPerSecond}});
}

Result<std::unique_ptr<FileReader>> ObjectStore::open(const std::string& path) const {
  LAKEFLOW_ASSIGN(std::shared_ptr<arrow::fs::FileSystem> files, file_system());
  return ObjectFile::open(std::move(files), options_, base_ + "/" + path);
}

}  // namespace lakeflow
