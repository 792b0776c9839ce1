#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace lakeflow {

// A line that some commit added.
struct AddedLine {
  std::string_view commit;  // short
  std::string_view path;    // below the folder
  std::size_t line = 0;     // in the file as the commit left it
  std::string_view text;
};

// What git knows of a folder; read by the program `git`, which must be there.
class GitHistory {
 public:
  // An error where the folder is in no repository with a commit of it, or there is no git: nothing can be shown then.
  static Result<GitHistory> open(const std::filesystem::path& folder);

  // Commits that touched the folder; not all where the clone is shallow.
  std::size_t commits() const { return commits_; }
  bool is_shallow() const { return is_shallow_; }
  const std::filesystem::path& root() const { return root_; }

  // Files and folders below the folder that git ignores, without a slash at their ends.
  Result<std::vector<std::string>> ignored() const;
  // Whether git would ignore a file of this path below the folder.
  bool ignores(const std::string& path) const;
  // Whether the path is committed, or staged.
  bool tracks(const std::string& path) const;
  // The commits that touched the path, the newest first.
  Result<std::vector<std::string>> commits_of(const std::string& path) const;

  // Every line that a commit of the folder added.
  Status visit_added_lines(const std::function<void(const AddedLine&)>& visit) const;

 private:
  explicit GitHistory(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  std::filesystem::path root_;
  std::size_t commits_ = 0;
  bool is_shallow_ = false;
};

}  // namespace lakeflow
