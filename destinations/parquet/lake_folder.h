#pragma once

#include <filesystem>
#include <string>

namespace lakeflow {

// Where things lie in a lake. All names are relative to its folder, so that it can be moved.
class LakeFolder {
 public:
  explicit LakeFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path at(const std::string& name) const { return root_ / name; }

  std::filesystem::path own() const { return root_ / "_lakeflow"; }
  std::filesystem::path commits() const { return own() / "commits"; }
  std::filesystem::path checkpoints() const { return own() / "checkpoints"; }
  std::filesystem::path staged() const { return own() / "staged"; }
  std::filesystem::path queries() const { return own() / "queries"; }  // what queries put aside while they run
  std::filesystem::path writer_lock() const { return own() / "writer.lock"; }
  std::filesystem::path readers_lock() const { return own() / "readers.lock"; }

 private:
  std::filesystem::path root_;
};

// The beginning of the names of staged files.
inline constexpr const char* kStagedPrefix = "_lakeflow/staged/";

}  // namespace lakeflow
