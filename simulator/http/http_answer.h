#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/http/http_header.h"

namespace lakeflow {

// A request as a server received it.
struct ReceivedRequest {
  std::string method;  // "GET"; HEAD is left as it is
  std::string target;  // as it was sent: "/fhir/Patient?_count=5"
  std::vector<HttpHeader> headers;
  std::string body;
  std::string scheme = "http";

  // The first header of this name, whatever its case; empty where there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  std::string_view path() const;  // the target up to its query, as it was sent
  std::string origin() const;     // of the server, as this client knows it: "http://127.0.0.1:41234"
};

// What a server answers, and how the network spoils it on the way.
struct HttpAnswer {
  // How the sending ends, once `sent_bytes` of the body are out.
  enum class Ending {
    kWhole,  // all of it is sent, and the connection stays
    kCut,    // the connection is closed
    kReset,  // the connection is reset (TCP RST); with no bytes sent, before the status line
    kStall,  // nothing more comes, while the connection stays open; with no bytes sent, not even a status line
  };

  int status = 200;
  std::string content_type = {};  // none where it is empty
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  Ending ending = Ending::kWhole;
  std::size_t sent_bytes = std::numeric_limits<std::size_t>::max();
  std::optional<std::size_t> announced_length = std::nullopt;  // as Content-Length; else the body's length
  std::string reason = {};                                     // why it is a refusal, for logs: never sent, and without values
};

}  // namespace lakeflow
