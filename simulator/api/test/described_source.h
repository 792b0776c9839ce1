#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "simulator/api/api_simulator.h"

namespace lakeflow {

using Json = nlohmann::ordered_json;

// A source that a test describes, in a folder of its own.
class DescribedSource {
 public:
  DescribedSource() : folder_(std::filesystem::temp_directory_path() / fmt::format("lakeflow_source_{}_{}", ::getpid(), number()++)) {
    std::filesystem::create_directories(folder_);
  }
  ~DescribedSource() {
    simulator_.reset();
    std::filesystem::remove_all(folder_);
  }
  DescribedSource(const DescribedSource&) = delete;
  DescribedSource& operator=(const DescribedSource&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  Result<std::unique_ptr<ApiSimulator>> try_start(const std::string& description, std::vector<std::string> faults = {}) const {
    return ApiSimulator::start({.description = write("source.yaml", description), .faults = std::move(faults)});
  }
  void start(const std::string& description) {
    auto started = try_start(description);
    ASSERT_TRUE(started) << started.error().message() << "; " << started.error().next_step();
    simulator_ = *std::move(started);
    client_ = std::make_unique<httplib::Client>(fmt::format("http://127.0.0.1:{}", simulator_->port()));
    client_->set_keep_alive(true);
    client_->set_tcp_nodelay(true);
  }
  ApiSimulator& simulator() { return *simulator_; }

  // Status 0 where there was no answer.
  httplib::Response get(const std::string& target, const httplib::Headers& headers = {}) { return taken(client_->Get(target, headers)); }
  httplib::Response post(const std::string& target, const std::string& body, const char* type = "application/json",
                         const httplib::Headers& headers = {}) {
    return taken(client_->Post(target, headers, body, type));
  }
  httplib::Response put(const std::string& target, const std::string& body) { return taken(client_->Put(target, body, "application/json")); }
  httplib::Response remove(const std::string& target) { return taken(client_->Delete(target)); }
  Json json(const std::string& target) { return Json::parse(get(target).body, nullptr, false); }

  // The ids in a list, one after the other: "1 2 3".
  static std::string ids_of(const Json& list) {
    std::string text;
    for (const Json& record : list) {
      text += (text.empty() ? "" : " ") + (record["id"].is_string() ? record["id"].get<std::string>() : record["id"].dump());
    }
    return text;
  }
  std::string ids(const std::string& target) { return ids_of(json(target)); }

 private:
  static int& number() {
    static int made = 0;
    return made;
  }
  static httplib::Response taken(httplib::Result result) {
    httplib::Response none;
    none.status = 0;
    return result ? *std::move(result) : none;
  }

  std::filesystem::path folder_;
  std::unique_ptr<ApiSimulator> simulator_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace lakeflow
