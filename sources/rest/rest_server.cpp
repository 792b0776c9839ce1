#include "sources/rest/rest_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/redaction.h"
#include "sources/interface/raw_records.h"

namespace lakeflow {
namespace {

constexpr int kReadingsOfUnreadableJson = 3;

// Of a request by POST, whose URL tells nothing of what was asked for.
Error post_error(const HttpResponse& response, const RestRequest& request, std::string_view place) {
  const std::string what = fmt::format("POST {} answered {}", place, response.status);
  if (response.status >= 300 && response.status < 400) {
    return Error::source(what + " (a redirect, which a POST does not follow)", "give the address that it leads to, as base_url or path");
  }
  if (response.status == 404 || response.status == 405) {
    return Error::source(what, "is this list asked for by POST, and at this path?");
  }
  if (response.status != 400 && response.status != 415 && response.status != 422) {
    return status_error(response, {.shown_url = std::string(place)});
  }
  return Error::source(fmt::format("{} (asked with {} in the body)", what, fmt::join(places_in(request), ", ")),
                       "does the server know each of these places, and take its value?");
}

// Of a success that has no list where it ought to be.
Error no_list(const HttpResponse& response, const RestPage& page, std::string_view what, std::string next_step) {
  const std::string_view type = response.header("content-type");
  if (type.starts_with("text/html")) {
    next_step = "a web page came, not the API's answer: it may be a login page, or a proxy's; do base_url and the credentials hold?";
  }
  return Error::source(
      fmt::format("{} answered {} with {} bytes of {}; it {}", page.place, response.status, page.size, type.empty() ? "an unnamed type" : type, what),
      std::move(next_step));
}

}  // namespace

Result<std::unique_ptr<RestServer>> RestServer::connect(const RestServerOptions& options, std::vector<HttpHeader> headers, Logger& log) {
  HttpClientOptions http_options = options.http;
  http_options.log = &log;
  LAKEFLOW_ASSIGN(std::unique_ptr<HttpClient> http, HttpClient::make(std::move(http_options)));
  headers.insert(headers.begin(), {"Accept", "application/json"});
  return std::make_unique<RestServer>(options, std::move(headers), std::move(http));
}

Result<RestPage> RestServer::get(const RestRequest& request, const RestList& list, bool may_be_gone, const std::stop_token& stop) {
  for (int reading = 1;; ++reading) {  // at most kReadingsOfUnreadableJson times
    bool is_readable = true;
    Result<RestPage> page = get_once(request, list, may_be_gone, stop, is_readable);
    if (is_readable || reading == kReadingsOfUnreadableJson) {
      return page;
    }
  }
}

Result<RestPage> RestServer::get_once(const RestRequest& request, const RestList& list, bool may_be_gone, const std::stop_token& stop,
                                      bool& is_readable) {
  HttpRequest http{.url = request.url, .shown_url = request.shown_url, .headers = headers_};
  if (list.method == RestList::Method::kPost) {
    http.method = "POST";
    http.headers.push_back({"Content-Type", "application/json"});
    http.body = request.body;
    http.follow_redirects = false;  // some become a GET, which may be another list
    http.repeatable = list.only_reads;
  }
  LAKEFLOW_ASSIGN(HttpResponse response, http_->send(http, stop));
  RestPage page;
  page.place = request.shown_url.empty() ? redact_url(response.url) : request.shown_url;
  page.is_gone = may_be_gone && (response.status == 404 || response.status == 410);
  if (!page.is_gone && (response.status < 200 || response.status >= 300)) {
    return std::unexpected(list.method == RestList::Method::kPost ? post_error(response, request, page.place) : status_error(response, http));
  }
  page.text = std::make_shared<std::string>(std::move(response.body));
  page.size = page.text->size();
  page.text->append(kPadding, ' ');
  page.date = parse_http_date(response.header("date"));
  page.wire_bytes = response.wire_bytes;
  if (page.is_gone) {
    return page;
  }
  auto records = json_.elements(page.json(), list.records_at);
  if (!records) {
    is_readable = false;
    return std::unexpected(no_list(response, page, records.error().message(),
                                   list.records_at.empty() ? "does the API give the list itself, or in a member (records_at)?"
                                                           : fmt::format("is the list at \"{}\" (records_at)?", list.records_at)));
  }
  if (!*records) {
    LAKEFLOW_ASSIGN(const auto null, json_.find(page.json(), list.records_at));
    if (!null || !list.null_is_empty) {
      return std::unexpected(no_list(response, page, fmt::format("comes without a list at \"{}\"", list.records_at),
                                     null ? "set null_is_empty, if the API says null for an empty list" : "set records_at to where the list is"));
    }
  }
  page.records = std::move(*records).value_or(std::vector<std::string_view>());
  page.url = std::move(response.url);
  page.headers = std::move(response.headers);
  return page;
}

}  // namespace lakeflow
