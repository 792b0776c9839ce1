#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "libs/http/http_client.h"
#include "sources/rest/json_reader.h"
#include "sources/rest/rest_options.h"
#include "sources/rest/rest_request.h"
#include "sources/rest/rest_table.h"

namespace lakeflow {

// One answer that holds a page of a list.
struct RestPage {
  std::shared_ptr<std::string> text;      // with kPadding behind it
  std::size_t size = 0;                   // of the answer in it
  std::vector<std::string_view> records;  // views of it
  std::string url;
  std::string place;     // the URL as it may be shown
  bool is_gone = false;  // 404 or 410 where that is an answer: it has no records
  std::map<std::string, std::string, std::less<>> headers;
  std::optional<TimestampMicros> date;  // the server's clock
  std::size_t wire_bytes = 0;

  std::string_view json() const { return std::string_view(*text).substr(0, size); }
};

// A server that is asked for lists. Used by one thread at a time; a reader has one of its own.
class RestServer {
 public:
  static Result<std::unique_ptr<RestServer>> connect(const RestServerOptions& options, std::vector<HttpHeader> headers, Logger& log);
  RestServer(const RestServerOptions& options, std::vector<HttpHeader> headers, std::unique_ptr<HttpClient> http)
      : options_(options), headers_(std::move(headers)), http_(std::move(http)) {}

  const RestServerOptions& options() const { return options_; }
  JsonReader& json() { return json_; }

  // A source error where the answer is no success, no JSON, or has no list where it ought to be. What is no JSON is asked for twice more.
  // `may_be_gone`: what the list hangs below may be no more, and the page says so.
  Result<RestPage> get(const RestRequest& request, const RestList& list, bool may_be_gone, const std::stop_token& stop);

 private:
  Result<RestPage> get_once(const RestRequest& request, const RestList& list, bool may_be_gone, const std::stop_token& stop, bool& is_readable);

  const RestServerOptions options_;
  const std::vector<HttpHeader> headers_;
  const std::unique_ptr<HttpClient> http_;
  JsonReader json_;
};

}  // namespace lakeflow
