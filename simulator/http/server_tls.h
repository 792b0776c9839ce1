#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

using SSL_CTX = struct ssl_ctx_st;

namespace lakeflow {

// The certificates of a simulated server: one that holds for 127.0.0.1 and localhost, where its client trusts it, and those that are bad on purpose.
class ServerTls {
 public:
  static Result<std::unique_ptr<ServerTls>> make();
  ServerTls() = default;  // without any: make() has them
  ~ServerTls();
  ServerTls(const ServerTls&) = delete;
  ServerTls& operator=(const ServerTls&) = delete;

  // In PEM, for clients that shall trust it. New with each server.
  const std::string& certificate() const { return certificate_; }

  // By the kind: "" the good one, "expired", "wrong-host", "self-signed" (by somebody that nobody trusts).
  SSL_CTX* context(std::string_view kind) const;

 private:
  Status add(std::string kind, const std::string& names, long begins, long ends);

  std::map<std::string, SSL_CTX*, std::less<>> contexts_;
  std::string certificate_;
};

}  // namespace lakeflow
