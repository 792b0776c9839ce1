#include "libs/http/credentials.h"

#include <utility>

#include <fmt/format.h>

namespace lakeflow {
namespace {

class FixedCredentials final : public Credentials {
 public:
  explicit FixedCredentials(HttpHeader header) : header_(std::move(header)) {}
  Result<HttpHeader> header(Logger&, const std::stop_token&) override { return header_; }
  bool renew(const HttpHeader&) override { return false; }

 private:
  const HttpHeader header_;
};

}  // namespace

HttpHeader bearer_token(std::string_view token) { return {"Authorization", fmt::format("Bearer {}", token)}; }

std::shared_ptr<Credentials> fixed_credentials(HttpHeader header) { return std::make_shared<FixedCredentials>(std::move(header)); }

}  // namespace lakeflow
