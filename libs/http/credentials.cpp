#include "libs/http/credentials.h"

#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

class FixedCredentials final : public Credentials {
 public:
  explicit FixedCredentials(Credential credential) : credential_(std::move(credential)) {}
  Result<Credential> next(Logger&, const std::stop_token&) override { return credential_; }
  bool renew(const Credential&) override { return false; }

 private:
  const Credential credential_;
};

}  // namespace

HttpHeader bearer_token(std::string_view token) { return {"Authorization", fmt::format("Bearer {}", token)}; }

std::shared_ptr<Credentials> fixed_credentials(HttpHeader header) {
  return std::make_shared<FixedCredentials>(Credential{.name = std::move(header.name), .value = std::move(header.value)});
}

std::shared_ptr<Credentials> fixed_credentials_in_query(std::string parameter, std::string key) {
  return std::make_shared<FixedCredentials>(Credential{.name = std::move(parameter), .value = std::move(key), .place = Credential::Place::kQuery});
}

}  // namespace lakeflow
