#include "simulator/http/http_faults.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/options.h"
#include "simulator/http/gzip_bomb.h"
#include "simulator/http/stoppable_wait.h"

namespace lakeflow {
namespace {

using Value = FaultKind::Value;

constexpr TimestampMicros kSecond = 1'000'000;
constexpr TimestampMicros kLongerThanAnyoneWaits = 24 * 3600 * kSecond;

constexpr FaultKind kKinds[] = {
    {.name = "status", .value = Value::kNumber, .help = "Answers with this status (401, 403, 404, 408, 410, 500, 502, 503, 504 …)."},
    {.name = "throttle",
     .value = Value::kNumberOrDate,
     .default_value = "1",
     .help = "Answers 429 with a Retry-After of so many seconds, or of one second as an HTTP date (=date)."},
    {.name = "unavailable", .value = Value::kNumberOrDate, .default_value = "1", .help = "The same with 503."},
    {.name = "html", .help = "Answers 200 with a web page, as a proxy or a login does."},
    {.name = "redirect",
     .value = Value::kChoice,
     .default_value = "other-host",
     .choice = "other-host|nowhere|loop",
     .help = "Redirects (302) to the same place under another name of this machine, to a host that does not exist (=nowhere), or to itself (=loop)."},
    {.name = "hang", .help = "Takes the request and never answers."},
    {.name = "slow", .value = Value::kNumber, .default_value = "1000", .help = "Waits so many milliseconds before it answers."},
    {.name = "reset",
     .value = Value::kNumber,
     .default_value = "0",
     .help = "Resets the connection after so many bytes of the body; at once where it is 0."},
    {.name = "stall", .value = Value::kOptionalNumber, .help = "Sends so many bytes of the body (half of it), and then nothing more."},
    {.name = "cut-body", .value = Value::kOptionalNumber, .help = "Closes the connection after so many bytes of the body (half of it)."},
    {.name = "double-body", .help = "Sends the body twice over, as one body."},
    {.name = "wrong-length",
     .value = Value::kNumber,
     .default_value = "10",
     .help = "Announces a length that is so many bytes longer than what is sent (shorter, where negative)."},
    {.name = "gzip-bomb",
     .value = Value::kNumber,
     .default_value = "1024",
     .help = "Answers with a small gzip body that becomes so many megabytes when it is decompressed."},
};

std::string_view host_of(const ReceivedRequest& request) {
  const std::string_view host = request.header("Host");
  return host.substr(0, host.rfind(':'));
}

std::string_view port_of(const ReceivedRequest& request) {
  const std::string_view host = request.header("Host");
  const auto colon = host.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : host.substr(colon);
}

std::string redirect_target(std::string_view how, const ReceivedRequest& request) {
  if (how == "loop") {
    return request.target;
  }
  if (how == "nowhere") {
    return "http://elsewhere.invalid" + request.target;  // RFC 2606: a name that never resolves
  }
  return fmt::format("{}://{}{}{}", request.scheme, host_of(request) == "localhost" ? "127.0.0.1" : "localhost", port_of(request), request.target);
}

}  // namespace

std::span<const FaultKind> http_fault_kinds() { return kKinds; }

HttpFaults::HttpFaults(FaultPlan& plan, std::stop_token stop, Refusal refusal) : plan_(plan), stop_(std::move(stop)), refusal_(std::move(refusal)) {}

std::optional<HttpAnswer> HttpFaults::answer(const ReceivedRequest& request, const FaultSubject& subject, TimestampMicros now) {
  if (const auto slow = plan_.strikes("slow", subject)) {
    wait_for(stop_, parse_integer(*slow).value_or(0) * 1000);
  }
  if (plan_.strikes("hang", subject)) {
    wait_for(stop_, kLongerThanAnyoneWaits);
    return refusal_(503, "the server was stopped");
  }
  if (const auto status = plan_.strikes("status", subject)) {
    return refusal_(static_cast<int>(parse_integer(*status).value_or(500)), "a fault that was asked for");
  }
  if (const auto wait = plan_.strikes("throttle", subject)) {
    return later(429, *wait, now);
  }
  if (const auto wait = plan_.strikes("unavailable", subject)) {
    return later(503, *wait, now);
  }
  if (plan_.strikes("html", subject)) {
    return HttpAnswer{.content_type = "text/html;charset=utf-8",
                      .body = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"};
  }
  if (const auto how = plan_.strikes("redirect", subject)) {
    return HttpAnswer{.status = 302, .headers = {{.name = "Location", .value = redirect_target(*how, request)}}};
  }
  return std::nullopt;
}

HttpAnswer HttpFaults::later(int status, const std::string& wait, TimestampMicros now) const {
  HttpAnswer answer = refusal_(status, "a fault that was asked for");
  // A date has whole seconds: rounded up, so that the second has passed by then.
  answer.headers.push_back({.name = "Retry-After", .value = wait == "date" ? format_http_date(now + 2 * kSecond - 1) : wait});
  return answer;
}

void HttpFaults::cut(std::string_view name, HttpAnswer::Ending ending, std::size_t default_bytes, const FaultSubject& subject, HttpAnswer& answer) {
  if (const auto bytes = plan_.strikes(name, subject)) {
    answer.ending = ending;
    answer.sent_bytes = bytes->empty() ? default_bytes : static_cast<std::size_t>(std::max<std::int64_t>(parse_integer(*bytes).value_or(0), 0));
  }
}

void HttpFaults::spoil(const FaultSubject& subject, HttpAnswer& answer) {
  if (const auto megabytes = plan_.strikes("gzip-bomb", subject)) {
    answer.body = gzip_bomb(static_cast<std::size_t>(std::max<std::int64_t>(parse_integer(*megabytes).value_or(1), 1)));
    answer.headers.push_back({.name = "Content-Encoding", .value = "gzip"});
  }
  if (answer.body.empty()) {
    return;
  }
  if (plan_.strikes("double-body", subject)) {
    answer.body += std::string(answer.body);
  }
  if (const auto more = plan_.strikes("wrong-length", subject)) {
    answer.announced_length = static_cast<std::size_t>(std::max<std::int64_t>(std::ssize(answer.body) + parse_integer(*more).value_or(0), 0));
  }
  const std::size_t half = answer.body.size() / 2;
  cut("cut-body", HttpAnswer::Ending::kCut, half, subject, answer);
  cut("stall", HttpAnswer::Ending::kStall, half, subject, answer);
  cut("reset", HttpAnswer::Ending::kReset, 0, subject, answer);
}

}  // namespace lakeflow
