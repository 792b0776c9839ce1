#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "libs/http/curl_transfer_internal.h"

namespace lakeflow {

// What libcurl's callbacks fill while an answer comes in: headers, body, caps.
struct CurlReceiver {
  using Clock = std::chrono::steady_clock;

  CURL* easy = nullptr;
  BodySink* sink = nullptr;
  const AttemptOptions* options = nullptr;
  HttpResponse response;
  std::optional<Error> problem;  // of the sink, or a cap
  std::size_t received = 0;      // decompressed
  bool refused_address = false;
  bool began = false;  // something of the answer came
  Clock::time_point last_byte = Clock::now();

  // Lets the handle call this object, which then must live as long as the transfer.
  void listen();
};

int status_of(CURL* easy);
std::size_t wire_bytes_of(CURL* easy);

}  // namespace lakeflow
