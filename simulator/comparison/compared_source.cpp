#include "simulator/comparison/compared_source.h"

#include <utility>

namespace lakeflow {
namespace {

constexpr std::string_view kHost = "described.invalid";

}  // namespace

Result<std::unique_ptr<DescribedAnswers>> DescribedAnswers::make(ApiDescription description) {
  description.access = {};
  description.rate_limit = {};
  description.base_path.clear();
  auto made = std::make_unique<DescribedAnswers>(std::move(description));
  LAKEFLOW_TRY(made->service_.load());
  return made;
}

Result<ComparedAnswer> DescribedAnswers::get(const std::string& target, bool) {
  const std::string origin = "http://" + std::string(kHost);
  ReceivedRequest request{.method = "GET", .target = target, .headers = {{.name = "Host", .value = std::string(kHost)}}, .body = {}};
  if (target.starts_with(origin)) {
    request.target = target.substr(origin.size());
  }
  const HttpAnswer answer = service_.answer(request);
  ComparedAnswer made{.url = origin + request.target, .status = answer.status, .link = {}, .body = answer.body};
  for (const HttpHeader& header : answer.headers) {
    made.link = header.name == "Link" ? header.value : made.link;
  }
  return made;
}

Result<ComparedAnswer> LiveAnswers::get(const std::string& target, bool wrong_token) {
  HttpRequest request{.url = target.contains("://") ? target : base_ + target, .any_status_is_answer = true};
  if (wrong_token) {
    request.headers.push_back({.name = "Authorization", .value = "Bearer wrong"});
  } else {
    request.headers = headers_;
  }
  LAKEFLOW_ASSIGN(const HttpResponse response, (wrong_token ? stranger_ : client_)->send(request, stop_));
  if (!wrong_token && !was_let_in_ && response.status == 401) {
    return std::unexpected(status_error(response));
  }
  was_let_in_ = true;
  return ComparedAnswer{.url = request.url, .status = response.status, .link = std::string(response.header("link")), .body = response.body};
}

}  // namespace lakeflow
