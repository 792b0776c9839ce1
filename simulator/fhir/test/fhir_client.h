#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

namespace lakeflow {

using Json = nlohmann::json;

// A plain FHIR client for the tests of servers: knows how to follow links, and nothing of how a server works.
class FhirClient {
 public:
  struct Reply {
    int status = 0;  // 0: no answer, or a torn one
    std::string text;
    httplib::Headers headers;
    Json json() const { return Json::parse(text, nullptr, false); }
    std::string header(const std::string& name) const {
      const auto found = headers.find(name);
      return found == headers.end() ? "" : found->second;
    }
  };

  explicit FhirClient(const std::string& base_url, httplib::Headers headers = {})
      : origin_(base_url.substr(0, base_url.find('/', 8))), base_(base_url.substr(origin_.size())), headers_(std::move(headers)), http_(origin_) {
    http_.set_keep_alive(true);
    http_.set_tcp_nodelay(true);
    http_.set_read_timeout(120);
  }

  // A path below the base, with a query perhaps: "Patient?_count=5", "" for the base.
  Reply get(const std::string& path) { return reply(http_.Get(below(path), headers_)); }
  Reply post(const std::string& path, const std::string& body) { return reply(http_.Post(below(path), headers_, body, "application/fhir+json")); }
  Reply put(const std::string& path, const std::string& body) { return reply(http_.Put(below(path), headers_, body, "application/fhir+json")); }
  Reply remove(const std::string& path) { return reply(http_.Delete(below(path), headers_)); }

  // An absolute URL of this server, as links give it.
  Reply follow(const std::string& url) {
    EXPECT_TRUE(url.starts_with(origin_ + "/")) << url;
    return reply(http_.Get(url.substr(origin_.size()), headers_));
  }

  static std::string link(const Json& bundle, const std::string& relation) {
    for (const Json& link : bundle.value("link", Json::array())) {
      if (link["relation"] == relation) {
        return link["url"];
      }
    }
    return "";
  }

  static std::vector<Json> entries(const Json& bundle) { return bundle.value("entry", Json::array()).get<std::vector<Json>>(); }

  // The ids of the resources on a page.
  static std::vector<std::string> ids(const Json& bundle) {
    std::vector<std::string> ids;
    for (const Json& entry : entries(bundle)) {
      ids.push_back(entry["resource"]["id"]);
    }
    return ids;
  }

  // All pages of a search; stops where a page is refused.
  std::vector<Json> all_pages(const std::string& path) {
    std::vector<Json> pages;
    for (Reply answer = get(path); answer.status == 200; answer = follow(link(pages.back(), "next"))) {
      pages.push_back(answer.json());
      if (link(pages.back(), "next").empty()) {
        break;
      }
    }
    return pages;
  }

  std::vector<std::string> all_ids(const std::string& path) {
    std::vector<std::string> all;
    for (const Json& page : all_pages(path)) {
      for (std::string& id : ids(page)) {
        all.push_back(std::move(id));
      }
    }
    return all;
  }

 private:
  std::string below(const std::string& path) const { return path.empty() ? base_ : base_ + "/" + path; }

  static Reply reply(const httplib::Result& result) {
    return result ? Reply{.status = result->status, .text = result->body, .headers = result->headers} : Reply{};
  }

  std::string origin_;
  std::string base_;
  httplib::Headers headers_;
  httplib::Client http_;
};

}  // namespace lakeflow
