#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace lakeflow {

// Which file a name stands for: a file that is open keeps its identity when its name is removed, or given to another.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  bool operator==(const FileIdentity&) const = default;
};

// Nothing where there is no file of that name.
std::optional<FileIdentity> identify(const std::filesystem::path& path);
std::optional<FileIdentity> identify(int descriptor);

}  // namespace lakeflow
