#include "tests/kill/kill_order.h"

#include <cstdlib>

namespace lakeflow::test {
namespace {

constexpr const char* kPoint = "LAKEFLOW_KILL_POINT";
constexpr const char* kPassing = "LAKEFLOW_KILL_PASSING";
constexpr const char* kMicroseconds = "LAKEFLOW_KILL_MICROSECONDS";
constexpr const char* kPage = "LAKEFLOW_KILL_PAGE";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

}  // namespace

std::vector<std::string> KillOrder::to_environment() const {
  return {std::string(kPoint) + "=" + point, std::string(kPassing) + "=" + std::to_string(passing),
          std::string(kMicroseconds) + "=" + std::to_string(microseconds), std::string(kPage) + "=" + page};
}

std::optional<KillOrder> KillOrder::from_environment() {
  KillOrder order{.point = variable(kPoint), .passing = 1, .microseconds = 0, .page = variable(kPage)};
  if (order.page.empty()) {
    return std::nullopt;
  }
  order.passing = std::strtoull(variable(kPassing).c_str(), nullptr, 10);
  order.microseconds = std::strtoull(variable(kMicroseconds).c_str(), nullptr, 10);
  return order;
}

}  // namespace lakeflow::test
