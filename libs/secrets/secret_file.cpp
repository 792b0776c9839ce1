#include "libs/secrets/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace lakeflow {
namespace {

constexpr std::size_t kMaximumBytes = 1U << 20U;

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

Error unreadable(const std::filesystem::path& file, int code) {
  return Error::user(fmt::format("the file of secrets {} can't be read: {}", file.string(), std::generic_category().message(code)));
}

// What is checked is what is read: both through one descriptor.
Result<std::string> read_private_file(const OpenFile& open_file, const std::filesystem::path& file) {
  struct stat status{};
  if (::fstat(open_file.descriptor(), &status) != 0) {
    return std::unexpected(unreadable(file, errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error::user(fmt::format("the file of secrets {} is no regular file", file.string())));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return std::unexpected(
        Error::user(fmt::format("the file of secrets {} is open to other users", file.string()), fmt::format("chmod 600 {}", file.string())));
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return std::unexpected(
        Error::user(fmt::format("the file of secrets {} belongs to another user", file.string()), "make it yours, or name another file"));
  }
  std::string text;
  while (text.size() <= kMaximumBytes) {
    char block[4096];
    const ssize_t count = ::read(open_file.descriptor(), block, sizeof(block));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(unreadable(file, errno));
    if (count == 0) return text;
    text.append(block, static_cast<std::size_t>(count));
  }
  return std::unexpected(Error::user(fmt::format("the file of secrets {} is larger than 1 MB", file.string())));
}

}  // namespace

Result<std::optional<std::string>> find_in_secret_file(const std::filesystem::path& file, bool required, std::string_view scope,
                                                       std::string_view key) {
  const OpenFile open_file(file);
  if (open_file.descriptor() < 0) {
    if (errno == ENOENT && !required) {
      return std::nullopt;
    }
    return std::unexpected(unreadable(file, errno));
  }
  LAKEFLOW_ASSIGN(const std::string text, read_private_file(open_file, file));
  try {
    const YAML::Node root = YAML::Load(text);
    const auto malformed = [&](const YAML::Node& node) {
      return std::unexpected(Error::user(fmt::format("{}:{}:{}: a file of secrets holds  scope: {{key: value}}  and nothing else", file.string(),
                                                     node.Mark().line + 1, node.Mark().column + 1)));
    };
    if (root.IsNull()) return std::nullopt;
    if (!root.IsMap()) return malformed(root);
    const YAML::Node keys = root[std::string(scope)];
    if (!keys) return std::nullopt;
    if (!keys.IsMap()) return malformed(keys);
    const YAML::Node value = keys[std::string(key)];
    if (!value) return std::nullopt;
    if (!value.IsScalar()) return malformed(value);
    return value.Scalar();
  } catch (const YAML::Exception& problem) {
    return std::unexpected(Error::user(fmt::format("{}:{}:{}: this is no YAML", file.string(), problem.mark.line + 1, problem.mark.column + 1)));
  }
}

}  // namespace lakeflow
