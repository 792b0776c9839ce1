#pragma once

#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

#include "simulator/fhir/test/fhir_client.h"
#include "tests/servers/hapi_server.h"

namespace lakeflow {

// One HAPI server for all tests of the program, started by the first that asks.
class HapiEnvironment : public testing::Environment {
 public:
  static const HapiServer* server() { return running().get(); }

  static void start() {
    if (running() || !HapiServer::installed()) {
      return;
    }
    auto started = HapiServer::start();
    ASSERT_TRUE(started) << started.error().message() << "; " << started.error().next_step();
    running() = *std::move(started);
  }

  void TearDown() override { running().reset(); }

 private:
  static std::unique_ptr<HapiServer>& running() {
    static std::unique_ptr<HapiServer> server;
    return server;
  }
};

// Skips where the server is not installed, but where LAKEFLOW_REQUIRE_SERVERS is set: there that is a failure.
class HapiTest : public testing::Test {
 protected:
  void SetUp() override {
    HapiEnvironment::start();
    if (HapiEnvironment::server() == nullptr) {
      if (std::getenv("LAKEFLOW_REQUIRE_SERVERS") != nullptr) {
        FAIL() << "HAPI FHIR is not there: run tools/setup-servers";
      }
      GTEST_SKIP() << "HAPI FHIR is not installed: run tools/setup-servers";
    }
    hapi_ = std::make_unique<FhirClient>(HapiEnvironment::server()->base_url());
  }

  FhirClient& hapi() { return *hapi_; }
  std::string hapi_url() const { return HapiEnvironment::server()->base_url(); }

 private:
  std::unique_ptr<FhirClient> hapi_;
};

}  // namespace lakeflow
