#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace lakeflow {

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int release() {
    const int number = number_;
    number_ = -1;
    return number;
  }
  int number_;
};

// Unix sockets named `socket` in a folder. They are reached through the folder's descriptor, as their own address holds 107 bytes of path
// and destinations may lie deep.
//
// Listens with mode 0600; a socket that a killed process left there is replaced, so whoever calls this must be the folder's only holder.
Result<Descriptor> listen_in(const std::string& folder);
// Nothing where nobody listens.
std::optional<Descriptor> connect_in(const std::string& folder);
void remove_socket_in(const std::string& folder);
// Whether the process at the other end belongs to the same user.
bool peer_is_same_user(int socket);

// One end of a connection: bytes, and frames (a length of four bytes, then so many). Every wait ends with an error when `stop`, an
// eventfd or -1, becomes readable, or when nothing moved for `patience` (without: forever).
class Channel {
 public:
  Channel(Descriptor socket, int stop, std::optional<std::chrono::milliseconds> patience)
      : socket_(std::move(socket)), stop_(stop), patience_(patience) {}

  Status write(std::string_view bytes);
  // Fills the buffer; fewer bytes where the other end closed.
  Result<std::size_t> read(char* buffer, std::size_t bytes);

  Status write_frame(std::string_view payload);
  Result<std::string> read_frame();

 private:
  Status wait_for(short events) const;

  Descriptor socket_;
  int stop_;
  std::optional<std::chrono::milliseconds> patience_;
};

}  // namespace lakeflow
