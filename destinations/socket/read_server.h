#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/logging.h"
#include "destinations/interface/destination.h"

namespace lakeflow {

struct ReadServerOptions {
  std::string folder;  // where the socket is made; this process is its only holder
  // What the process says of itself when it is asked (one line of JSON); called from any thread.
  std::function<std::string()> process_state;
  std::size_t most_clients = 8;  // answered at once; others wait
  // A client that takes no bytes for so long is let go, and what it held in the destination with it.
  std::chrono::milliseconds patience = std::chrono::seconds(60);
  Logger* log = &silent_logger();
};

// Answers readers of a destination that this process alone can open: queries, state, what it is called. On a Unix socket, which only
// the user that runs this process may use (its mode, and the peer is asked who it is). Clients are socket_destination.h.
//
// Nothing of the destination can be changed through it: queries are those of Destination::query, which only reads, and a backup is a new file. Rows
// are sent as they are made, so memory does not grow with a result; a client that reads slowly or not at all holds up nobody but itself.
class ReadServer {
 public:
  // The destination outlives the server.
  static Result<std::unique_ptr<ReadServer>> start(Destination& destination, ReadServerOptions options);
  // Ends the queries under way and takes the socket away.
  ~ReadServer();
  ReadServer(const ReadServer&) = delete;
  ReadServer& operator=(const ReadServer&) = delete;

 private:
  class Implementation;
  explicit ReadServer(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

}  // namespace lakeflow
