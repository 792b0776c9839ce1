#include "simulator/recording/replay_server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulator/http/request_target.h"
#include "simulator/relay/link_rewriting.h"

namespace lakeflow {
namespace {

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

std::string names_in(const std::string& target) {
  std::vector<std::string> segments;
  QueryParameters parameters;
  split_url(target, segments, parameters);
  std::string names;
  for (const auto& [name, value] : parameters) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<ReplayServer>> ReplayServer::start(ReplayOptions options) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder, failed)) {
    if (entry.path().extension() == ".json") {
      files.push_back(entry.path());
    }
  }
  if (failed || files.empty()) {
    return std::unexpected(Error::user(fmt::format("{} holds no recordings", options.folder.string()), "make some: lakeflow simulate record"));
  }
  std::ranges::sort(files);
  auto made = std::make_unique<ReplayServer>(Started{}, options.log);
  for (const auto& file : files) {
    LAKEFLOW_ASSIGN(RecordedExchange exchange, read_exchange(file));
    std::string identity = request_identity(exchange);
    made->answers_[std::move(identity)].in_order.push_back(std::move(exchange.answer));
    ++made->exchanges_;
  }
  LAKEFLOW_ASSIGN(made->server_,
                  HttpServer::start(options.port, [server = made.get()](const ReceivedRequest& request) { return server->answer(request); }));
  return made;
}

HttpAnswer ReplayServer::answer(const ReceivedRequest& request) {
  const RecordedExchange asked = without_secrets({.request = request, .answer = {}, .base_url = {}}, secrets_);
  HttpAnswer answer;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = answers_.find(request_identity(asked));
    if (found == answers_.end()) {
      std::string what = fmt::format("{} {}", asked.method, asked.target);
      const nlohmann::ordered_json body = {{"error", "this was not recorded"}, {"request", what}};
      if (std::ranges::find(unknown_, what) == unknown_.end()) {
        log_->log(LogLevel::kWarning, "this was not recorded",
                  {{"method", asked.method}, {"path", path_of(asked.target)}, {"parameters", names_in(asked.target)}});
        unknown_.push_back(std::move(what));
      }
      return {.status = 501, .content_type = "application/json", .body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
    }
    Answers& answers = found->second;
    answer = answers.in_order[std::min(answers.given++, answers.in_order.size() - 1)];
  }
  const std::string origin = request.origin();
  answer.body = with_other_base(answer.body, kRecordedOrigin, origin);
  for (HttpHeader& header : answer.headers) {
    header.value = with_other_base(header.value, kRecordedOrigin, origin);
  }
  return answer;
}

std::vector<std::string> ReplayServer::unknown() const {
  const std::scoped_lock lock(mutex_);
  return unknown_;
}

}  // namespace lakeflow
