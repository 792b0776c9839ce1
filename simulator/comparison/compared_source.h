#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "libs/http/http_client.h"
#include "simulator/api/api_service.h"
#include "simulator/faults/fault_plan.h"

namespace lakeflow {

// What a source answered, as far as two sources are compared by it.
struct ComparedAnswer {
  std::string url = {};  // that was asked, whole
  int status = 0;
  std::string link = {};  // the Link header
  std::string body = {};
};

// One of the two that are asked.
class ComparedSource {
 public:
  virtual ~ComparedSource() = default;
  // A target below the source's base: "/orders?limit=1"; or a whole URL that the source gave. With a wrong token where it is asked for.
  virtual Result<ComparedAnswer> get(const std::string& target, bool wrong_token) = 0;
};

// The description itself, without a server, faults, door or limits.
class DescribedAnswers : public ComparedSource {
 public:
  static Result<std::unique_ptr<DescribedAnswers>> make(ApiDescription description);
  explicit DescribedAnswers(ApiDescription description) : faults_(1), service_(std::move(description), faults_, {}, 1) {}
  Result<ComparedAnswer> get(const std::string& target, bool wrong_token) override;

 private:
  FaultPlan faults_;
  ApiService service_;
};

// Where the first answer is 401 it is a source error: nothing that follows could be compared.
class LiveAnswers : public ComparedSource {
 public:
  // The stranger is a client without the credentials of the other.
  LiveAnswers(std::string base, std::vector<HttpHeader> headers, std::unique_ptr<HttpClient> client, std::unique_ptr<HttpClient> stranger,
              std::stop_token stop)
      : base_(std::move(base)), headers_(std::move(headers)), client_(std::move(client)), stranger_(std::move(stranger)), stop_(std::move(stop)) {}
  Result<ComparedAnswer> get(const std::string& target, bool wrong_token) override;

 private:
  const std::string base_;
  const std::vector<HttpHeader> headers_;
  const std::unique_ptr<HttpClient> client_;
  const std::unique_ptr<HttpClient> stranger_;
  const std::stop_token stop_;
  bool was_let_in_ = false;
};

}  // namespace lakeflow
