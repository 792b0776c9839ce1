#pragma once

#include <filesystem>
#include <string>

#include "libs/files/file_store.h"

namespace lakeflow {

// A folder of this machine. Regular files only. A symbolic link inside the folder is followed, and stands under the path that it leads
// to, so that nothing is found twice; one that leads out of the folder is passed over, as is one that leads nowhere.
class LocalFolder final : public FileStore {
 public:
  explicit LocalFolder(std::string root) : root_(std::move(root)) {}

  const std::string& root() const override { return root_; }
  Result<std::vector<FoundFile>> list(const FileQuery& wanted, const std::stop_token& stop) const override;
  Result<std::optional<FileIdentity>> find(const std::string& path) const override;
  Result<std::unique_ptr<FolderWatch>> watch(const FileQuery& wanted, std::chrono::duration<double> quiet,
                                             std::function<void()> on_quiet) const override;
  Result<std::unique_ptr<FileReader>> open(const std::string& path) const override;

 private:
  const std::string root_;
};

}  // namespace lakeflow
