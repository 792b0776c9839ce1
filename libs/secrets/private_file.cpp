#include "libs/secrets/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

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

}  // namespace

// What is checked is what is read: both through one descriptor.
Result<std::string> read_private_file(const std::filesystem::path& file, std::string_view what) {
  const auto unreadable = [&](int code) {
    return std::unexpected(Error::user(fmt::format("{} {} can't be read: {}", what, file.string(), std::generic_category().message(code))));
  };
  const OpenFile open_file(file);
  struct stat status{};
  if (open_file.descriptor() < 0 || ::fstat(open_file.descriptor(), &status) != 0) {
    return unreadable(errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return std::unexpected(Error::user(fmt::format("{} {} is no regular file", what, file.string())));
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return std::unexpected(Error::user(fmt::format("{} {} is open to other users", what, file.string()), fmt::format("chmod 600 {}", file.string())));
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return std::unexpected(Error::user(fmt::format("{} {} belongs to another user", what, file.string()), "make it yours, or name another file"));
  }
  std::string text;
  while (text.size() <= kMaximumBytes) {
    char block[4096];
    const ssize_t count = ::read(open_file.descriptor(), block, sizeof(block));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(errno);
    if (count == 0) return text;
    text.append(block, static_cast<std::size_t>(count));
  }
  return std::unexpected(Error::user(fmt::format("{} {} is larger than 1 MB", what, file.string())));
}

}  // namespace lakeflow
