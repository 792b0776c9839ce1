#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "libs/http/http_header.h"
#include "simulator/http/http_answer.h"

namespace lakeflow {

// Why a request is refused: {"error": {"status": 400, "message": …}}.
struct ApiRefusal {
  int status = 400;
  std::string message;
  std::vector<HttpHeader> headers = {};
};

template <typename T>
using Allowed = std::expected<T, ApiRefusal>;

inline std::unexpected<ApiRefusal> refuse_request(int status, std::string message) {
  return std::unexpected(ApiRefusal{.status = status, .message = std::move(message)});
}

HttpAnswer answer_refusal(const ApiRefusal& refusal);

}  // namespace lakeflow
