#include "destinations/files/file_identity.h"

#include <sys/stat.h>

namespace lakeflow {

std::optional<FileIdentity> identify(const std::filesystem::path& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileIdentity{.device = found.st_dev, .number = found.st_ino};
}

std::optional<FileIdentity> identify(int descriptor) {
  struct stat found{};
  if (::fstat(descriptor, &found) != 0) return std::nullopt;
  return FileIdentity{.device = found.st_dev, .number = found.st_ino};
}

}  // namespace lakeflow
