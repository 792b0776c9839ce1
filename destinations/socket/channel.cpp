#include "destinations/socket/channel.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace lakeflow {
namespace {

constexpr std::size_t kLongestFrame = std::size_t{16} << 20U;  // of questions and messages; rows are no frames
constexpr int kWaitingClients = 64;

Error failure(std::string_view doing, int reason) {
  return Error::destination(fmt::format("the socket of the run: {} failed ({})", doing, std::generic_category().message(reason)));
}

// The folder, and the socket's address in it, which holds while the descriptor is open.
struct SocketName {
  Descriptor folder;
  sockaddr_un address{};
};

std::optional<SocketName> name_in(const std::string& folder) {
  SocketName name{.folder = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
  if (!name.folder) {
    return std::nullopt;
  }
  name.address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/socket", name.folder.number());
  path.copy(name.address.sun_path, sizeof name.address.sun_path - 1);
  return name;
}

const sockaddr* pointer(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) {
      ::close(number_);
    }
    number_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

Result<Descriptor> listen_in(const std::string& folder) {
  const std::optional<SocketName> name = name_in(folder);
  if (!name) {
    return std::unexpected(failure("opening its folder", errno));
  }
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    return std::unexpected(failure("making it", errno));
  }
  ::unlinkat(name->folder.number(), "socket", 0);
  // Before it has a name: the name is made with this mode.
  if (::fchmod(socket.number(), 0600) != 0 || ::bind(socket.number(), pointer(name->address), sizeof name->address) != 0 ||
      ::listen(socket.number(), kWaitingClients) != 0) {
    return std::unexpected(failure("listening on it", errno));
  }
  return socket;
}

std::optional<Descriptor> connect_in(const std::string& folder) {
  const std::optional<SocketName> name = name_in(folder);
  if (!name) {
    return std::nullopt;
  }
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.number(), pointer(name->address), sizeof name->address) != 0) {
    return std::nullopt;
  }
  return socket;
}

void remove_socket_in(const std::string& folder) { ::unlink((folder + "/socket").c_str()); }

bool peer_is_same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

Status Channel::wait_for(short events) const {
  std::array<pollfd, 2> files = {pollfd{.fd = socket_.number(), .events = events, .revents = 0}, pollfd{.fd = stop_, .events = POLLIN, .revents = 0}};
  while (true) {  // ends with the patience, but for signals
    const int ready = ::poll(files.data(), files.size(), patience_ ? static_cast<int>(patience_->count()) : -1);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    if (ready < 0) {
      return std::unexpected(failure("waiting for the other end", errno));
    }
    if (ready == 0) {
      return std::unexpected(Error::destination("the other end of the socket did not move for too long"));
    }
    if (files[1].revents != 0) {
      return std::unexpected(Error::interrupted("the run ends"));
    }
    return {};
  }
}

Status Channel::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      LAKEFLOW_TRY(wait_for(POLLOUT));
    } else if (errno != EINTR) {
      return std::unexpected(failure("sending", errno));
    }
  }
  return {};
}

Result<std::size_t> Channel::read(char* buffer, std::size_t bytes) {
  std::size_t filled = 0;
  while (filled < bytes) {
    LAKEFLOW_TRY(wait_for(POLLIN));
    const ssize_t got = ::recv(socket_.number(), buffer + filled, bytes - filled, MSG_DONTWAIT);
    if (got == 0) {
      break;
    }
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
      return std::unexpected(failure("reading", errno));
    }
  }
  return filled;
}

Status Channel::write_frame(std::string_view payload) {
  std::string frame(sizeof(std::uint32_t), '\0');
  const auto size = static_cast<std::uint32_t>(payload.size());
  std::memcpy(frame.data(), &size, sizeof size);
  frame += payload;
  return write(frame);
}

Result<std::string> Channel::read_frame() {
  const auto cut = [] { return std::unexpected(Error::destination("the other end of the socket closed it")); };
  std::uint32_t size = 0;
  LAKEFLOW_ASSIGN(const std::size_t got, read(reinterpret_cast<char*>(&size), sizeof size));
  if (got < sizeof size) {
    return cut();
  }
  if (size > kLongestFrame) {
    return std::unexpected(Error::destination("the other end of the socket does not speak as expected"));
  }
  std::string payload(size, '\0');
  LAKEFLOW_ASSIGN(const std::size_t filled, read(payload.data(), size));
  if (filled < size) {
    return cut();
  }
  return payload;
}

}  // namespace lakeflow
