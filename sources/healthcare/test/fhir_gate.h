#pragma once

#include <atomic>
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <httplib.h>

#include "libs/http/test/scripted_server.h"
#include "simulator/fhir/fhir_simulator.h"

namespace lakeflow {

// Stands before a simulator, and lets be seen and changed what goes by. Its answers' links lead past it.
class Gate {
 public:
  explicit Gate(const FhirSimulator& simulator)
      : target_(simulator), server_([this](const httplib::Request& request, httplib::Response& response) { pass(request, response); }) {}

  std::string base_url() const { return server_.url() + "/fhir"; }
  int most_at_a_time() const { return most_; }

  bool without_date = false;
  std::string takes_out;  // of the queries that have two limits: "lt" or "ge"
  std::function<void(const std::string& target)> before;
  std::string refuses;  // what has this in its query is answered 403

 private:
  void pass(const httplib::Request& request, httplib::Response& response) {
    const int now = ++under_way_;
    for (int most = most_; now > most && !most_.compare_exchange_weak(most, now);) {
    }
    if (before) {
      before(request.target);
    }
    if (!refuses.empty() && request.target.contains(refuses)) {
      response.status = 403;
    } else {
      std::string target = request.target;
      const std::size_t limit = takes_out.empty() ? std::string::npos : target.find("_lastUpdated=" + takes_out);
      if (limit != std::string::npos && target.contains("_lastUpdated=lt") && target.contains("_lastUpdated=ge")) {
        target.erase(limit, target.find('&', limit) + 1 - limit);
      }
      const auto answer = httplib::Client("127.0.0.1", target_.port()).Get(target);
      ASSERT_TRUE(answer);
      response.status = answer->status;
      response.set_content(answer->body, "application/fhir+json");
      if (!without_date) {
        response.set_header("Date", answer->get_header_value("Date"));
      }
    }
    --under_way_;
  }

  const FhirSimulator& target_;
  std::atomic<int> under_way_ = 0;
  std::atomic<int> most_ = 0;
  ScriptedServer server_;
};

}  // namespace lakeflow
