#pragma once

#include <memory>
#include <mutex>

#include "libs/files/file_store.h"
#include "libs/object_store/object_store_options.h"

namespace arrow::fs {
class FileSystem;
struct FileInfo;
}  // namespace arrow::fs

namespace lakeflow {

// The objects of a bucket (S3, Google Cloud Storage) or container (Azure) below a prefix, through Arrow's file systems. An object's name below the
// prefix is its path. What has no slash in that name lies in the root itself. Times of change are whole seconds, as the services give them; the
// version is a hash of the entity tag, which a listing does not tell.
class ObjectStore final : public FileStore {
 public:
  // User errors where the options don't go together (check_object_store). Nothing is asked of the service yet.
  static Result<std::shared_ptr<const ObjectStore>> make(ObjectStoreOptions options, bool allow_http);

  const std::string& root() const override { return options_->root; }
  // A bucket that is not there is a user error; a prefix without objects is an empty folder.
  Result<std::vector<FoundFile>> list(const FileQuery& wanted, const std::stop_token& stop) const override;
  Result<std::unique_ptr<FileReader>> open(const std::string& path) const override;

 private:
  explicit ObjectStore(ObjectStoreOptions options);
  // Made when it is first asked for: what only names tables needs no service.
  Result<std::shared_ptr<arrow::fs::FileSystem>> file_system() const;
  Status check_container(arrow::fs::FileSystem& files) const;
  void add(const arrow::fs::FileInfo& info, const FileQuery& wanted, std::vector<FoundFile>& found) const;

  const std::shared_ptr<const ObjectStoreOptions> options_;
  const std::string base_;  // bucket, or bucket/prefix
  mutable std::mutex mutex_;
  mutable std::shared_ptr<arrow::fs::FileSystem> file_system_;
};

}  // namespace lakeflow
