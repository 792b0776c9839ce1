#include "sources/rest/test/list_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"

namespace lakeflow {

ListServer::ListServer(std::vector<ListRecord> records) : records_(std::move(records)) {
  server_.Get("/(items|deleted|whole)", [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); });
  server_.set_keep_alive_timeout(1);
  server_.set_keep_alive_max_count(100'000);
  server_.set_tcp_nodelay(true);
  port_ = server_.bind_to_any_port("127.0.0.1");
  thread_ = std::jthread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();
}

ListServer::~ListServer() { server_.stop(); }

std::string ListServer::base_url() const { return fmt::format("http://127.0.0.1:{}", port_); }

void ListServer::set(ListRecord record) {
  const std::lock_guard lock(mutex_);
  std::erase_if(records_, [&](const ListRecord& known) { return known.id == record.id; });
  records_.push_back(std::move(record));
}

void ListServer::remove(int id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(records_, [&](const ListRecord& known) { return known.id == id; });
}

void ListServer::remove(ListRecord deletion) {
  remove(deletion.id);
  const std::lock_guard lock(mutex_);
  deletions_.push_back(std::move(deletion));
}

std::vector<ListRecord> ListServer::matching(const httplib::Request& request) const {
  const std::lock_guard lock(mutex_);
  std::vector<ListRecord> found = request.path == "/deleted" ? deletions_ : records_;
  if (request.has_param("since") && !ignored.contains("since")) {
    const std::int64_t since = std::stoll(request.get_param_value("since"));
    std::erase_if(found, [&](const ListRecord& record) { return after ? record.changed <= since : record.changed < since; });
  }
  if (request.has_param("from") && !ignored.contains("from")) {
    const int from = std::stoi(request.get_param_value("from"));
    std::erase_if(found, [&](const ListRecord& record) { return from_is_after ? record.id <= from : record.id < from; });
  }
  const std::string sort = ignored.contains("sort") ? "" : request.get_param_value("sort");
  std::ranges::sort(found, [&](const ListRecord& a, const ListRecord& b) {
    if (sort == "changed" && a.changed != b.changed) return a.changed < b.changed;
    if (sort == "-changed" && a.changed != b.changed) return a.changed > b.changed;
    return a.id < b.id;
  });
  return found;
}

int ListServer::greatest_id() const {
  const std::lock_guard lock(mutex_);
  const auto greatest = std::ranges::max_element(records_, {}, &ListRecord::id);
  return greatest == records_.end() ? 0 : greatest->id;
}

void ListServer::answer(const httplib::Request& request, httplib::Response& response) {
  const int number = ++requests_;
  if (before_answer) {
    before_answer(number);
  }
  if (!web_page.empty()) {
    response.set_content(web_page, "text/html; charset=utf-8");
    return;
  }
  const std::vector<ListRecord> found = matching(request);
  const auto parameter = [&](const char* name, std::size_t otherwise) {
    return request.has_param(name) && !ignored.contains(name) ? static_cast<std::size_t>(std::stoul(request.get_param_value(name))) : otherwise;
  };
  const std::size_t size = std::min(parameter("limit", request.path == "/whole" ? 1000 : 10), most_a_page);
  const std::size_t start = parameter("cursor", parameter("offset", (parameter("page", 1) - 1) * size));
  const std::size_t end = std::min(start + size, found.size());
  std::string data;
  for (std::size_t i = start; i < end; ++i) {
    data += fmt::format(R"({}{{"id":{},"changed":{},"amount":{}.10,"deleted":{}{}}})", data.empty() ? "" : ",", found[i].id, found[i].changed,
                        found[i].id, found[i].is_deleted, found[i].extra);
  }
  const bool more = end < found.size();
  if (request.path == "/whole") {
    response.set_content(fmt::format(R"({{"data":[{}]}})", data), "application/json");
    return;
  }
  const std::string next = fmt::format("{}", repeats_cursor ? 0 : end);
  std::string body = data.empty() && null_list ? R"({"data":null)" : fmt::format(R"({{"data":[{}])", data);
  body += fmt::format(R"(,"more":{},"last":{})", more, greatest_id() + (last_is_ahead > 0 ? 1 : 0));
  last_is_ahead -= last_is_ahead > 0 ? 1 : 0;
  if (tells_total) body += fmt::format(R"(,"page":{{"total":{}}})", found.size() + (total_is_ahead > 0 ? 1 : 0));
  total_is_ahead -= total_is_ahead > 0 ? 1 : 0;
  if (more) {
    std::string url = fmt::format("{}?cursor={}&limit={}", request.path, next, size);
    for (const char* const name : {"sort", "since"}) {
      if (request.has_param(name)) url += fmt::format("&{}={}", name, request.get_param_value(name));
    }
    body += fmt::format(R"(,"next":"{}","next_url":"{}","link":[{{"relation":"self","url":"{}"}},{{"relation":"next","url":"{}"}}{}])", next, url,
                        request.path, url, further_links);
    response.set_header("Link", fmt::format("</items?page=1>; rel=\"first\", <{}>; rel=\"next\"", url));
  }
  response.set_header("Date", format_http_date(now_micros()));
  response.set_content(body + "}", "application/json");
}

}  // namespace lakeflow
